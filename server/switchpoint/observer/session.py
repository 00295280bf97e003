"""Run a command under the observer and keep what it counted.

In: a command and the path of the observations. Out: the command's exit code, and the observations of this run merged
into that file. The command sees one more folder on PYTHONPATH, whose `sitecustomize.py` starts `watch.py` and then
loads the user's own. This module must not know how sites are counted, nor anything of the analysis.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from switchpoint.observer.collect import Gathered, gather
from switchpoint.observer.store import merge_into

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from types import FrameType

_WATCH = Path(__file__).with_name("watch.py")
_COULD_NOT_RUN = 2

# Read by whatever Python the command starts, so it must be valid in all of them.
_SHIM = """\
import os
import sys


def _observe(folder):
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or os.curdir) != folder]
    try:
        if sys.version_info < (3, 12):
            return "version\\n" + sys.version.split()[0]
        with open({watch!r}, "rb") as source:
            code = compile(source.read(), "<switchpoint observe>", "exec")
        module = {{"__name__": "<switchpoint observe>"}}
        exec(code, module)
        return module["start"](folder)
    except Exception:  # the one guard: whatever fails here is not the program's business
        return "error\\n" + repr(sys.exc_info()[1])


def _start(folder):
    note = _observe(folder)
    if note:
        with open(os.path.join(folder, "%d.note" % os.getpid()), "w") as file:
            file.write(note)


_start(os.path.dirname(os.path.abspath(__file__)))

# The user's own. Its absence is an ImportError with this name, which `site` takes as "there is none".
del sys.modules["sitecustomize"]
import sitecustomize
"""


def observe(command: Sequence[str], output: Path) -> int:
    """Run `command`, merge what it was seen to do into `output`, return its exit code (2: it could not be run)."""
    problem = _refusal(command)
    if problem:
        return _fail(problem)
    try:
        with _session(output) as folder:
            code = _run(command, folder)
            gathered = gather(folder)
            merge_into(output, gathered.observed)
    except OSError as error:
        return _fail(f"{error.strerror}: {error.filename or command[0]}")
    if not gathered.processes:
        _say(_why_nothing(gathered))
    stopped = next((detail for word, detail in gathered.notes if word == "stopped"), None)
    if stopped:
        _say(f"a process was observed only in part: {stopped}")
    return code


def _refusal(command: Sequence[str]) -> str | None:
    if not command:
        return "give the command to observe after --"
    if not PurePath(command[0]).name.lower().startswith(("python", "pypy")):
        return None
    for option in command[1:]:
        if not option.startswith("-") or option.startswith("--") or option in ("-", "-c", "-m"):
            return None
        for letter in option[1:]:
            if letter in "IES":
                return (
                    f"python -{letter} ignores what the observer needs (PYTHONPATH and site): run it without -{letter}"
                )
            if letter in "cmWX":
                break
    return None


@contextmanager
def _session(output: Path) -> Generator[Path]:
    output.parent.mkdir(parents=True, exist_ok=True)
    ignore = output.parent / ".gitignore"
    if output.parent.name == ".switchpoint" and not ignore.exists():
        ignore.write_text("*\n", encoding="ascii")
    folder = Path(tempfile.mkdtemp(prefix="observing-", dir=output.parent)).resolve()
    try:
        (folder / "sitecustomize.py").write_text(_SHIM.format(watch=str(_WATCH)), encoding="utf-8")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: Sequence[str], folder: Path) -> int:
    path = os.environ.get("PYTHONPATH")
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{path}" if path else str(folder)}
    with _signals() as told:
        process = subprocess.Popen([shutil.which(command[0]) or command[0], *command[1:]], env=environment)
        told.mean(process)
        code = process.wait()
    return code if code >= 0 else 128 - code


class _Told:
    """That we were told to end, which means the command, also when it has only just begun."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._to_end = False

    def end(self, number: int, frame: FrameType | None) -> None:
        self._to_end = True
        if self._process is not None:
            self._process.terminate()

    def mean(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        if self._to_end:
            process.terminate()


@contextmanager
def _signals() -> Generator[_Told]:
    """Who stops us means the command; an interrupt is sent to it by the terminal too, and it decides what that means.

    This holds before the command begins, so that no signal finds us without it. What is ignored stays so, for both.
    """
    told = _Told()
    wanted = {signal.SIGTERM: told.end, signal.SIGINT: _leave_it}
    before = {each: kept for each in wanted if (kept := signal.getsignal(each)) is not signal.SIG_IGN}
    for each in before:
        signal.signal(each, wanted[each])
    try:
        yield told
    finally:
        for each, kept in before.items():
            signal.signal(each, kept)


def _leave_it(number: int, frame: FrameType | None) -> None: ...


def _why_nothing(gathered: Gathered) -> str:
    for word, detail in gathered.notes:
        if word == "version":
            return f"nothing was observed: the observer needs CPython 3.12 or newer, and the command ran on {detail}"
        if word == "columns":
            return "nothing was observed: PYTHONNODEBUGRANGES (-X no_debug_ranges) hides the columns that name a site"
        if word == "error":
            return f"nothing was observed: the observer could not start: {detail}"
        if word == "tool":
            return "nothing was observed: other tools hold every free sys.monitoring id in the command's process"
    return (
        "nothing was observed: the command started no Python that reads PYTHONPATH "
        "(options -I, -E and -S, and tools that clear the environment, keep the observer out)"
    )


def _fail(sentence: str) -> int:
    _say(sentence)
    return _COULD_NOT_RUN


def _say(sentence: str) -> None:
    print(f"switchpoint observe: {sentence}", file=sys.stderr)
