"""The observer in processes of every kind: how they start, how they end, and that they are otherwise left alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.pythons import find
from switchpoint.observer import load

# One await that does not switch, one that does; then what the test appends.
HEAD = """\
import asyncio, os, signal, sys, threading
async def plain(): pass
async def main():
    await plain()
    await asyncio.sleep(0)
"""
QUIET, LOUD = ("await", 4, 4), ("await", 5, 4)
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX only")


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("", 0),
        ("sys.exit(3)", 3),
        ("raise ValueError('as it was')", 1),
        ("os._exit(7)", 7),
        pytest.param("os.kill(os.getpid(), signal.SIGKILL)", 128 + 9, marks=posix),
        pytest.param("os.kill(os.getpid(), signal.SIGINT)", 128 + 2, marks=posix),
        pytest.param("import ctypes; ctypes.string_at(0)", 128 + 11, marks=posix),
    ],
)
def test_however_it_ends(ending: str, code: int, python: str, run: Callable, program: Callable) -> None:
    path = program(HEAD + f"asyncio.run(main())\n{ending}\n")
    done = run(python, path)
    assert done.code == code
    assert done.seen(path) == {QUIET: (0, 1), LOUD: (1, 1)}


STARTS = {
    "thread": "for t in [threading.Thread(target=lambda: asyncio.run(main())) for _ in '12']: t.start(); t.join()",
    "fork": "asyncio.run(main())\nif os.fork(): os.wait()\nelse: asyncio.run(main()); os._exit(0)",
    "subprocess": "import subprocess\nasyncio.run(main())\n"
    "if len(sys.argv) == 1: subprocess.run([sys.executable, __file__, 'again'], check=True)",
    "spawn": "import multiprocessing\nif __name__ == '__main__':\n    asyncio.run(main())\n"
    "    multiprocessing.set_start_method('spawn')\n"
    "    from program import again\n    p = multiprocessing.Process(target=again); p.start(); p.join()\n"
    "def again(): asyncio.run(main())",
    "pool": "from concurrent.futures import ProcessPoolExecutor\n"
    "import multiprocessing\ndef again(): asyncio.run(main())\n"
    "if __name__ == '__main__':\n    from program import again\n    again()\n"
    "    with ProcessPoolExecutor(1, multiprocessing.get_context('fork')) as pool: pool.submit(again).result()",
}


@pytest.mark.parametrize("how", [pytest.param(how, marks=posix) if how in ("fork", "pool") else how for how in STARTS])
def test_wherever_it_runs(how: str, python: str, run: Callable, program: Callable) -> None:
    path = program(HEAD + STARTS[how] + "\n")
    done = run(python, path)
    assert (done.code, done.err) == (0, "")
    assert done.seen(path) == {QUIET: (0, 2), LOUD: (2, 2)}


def test_the_program_does_not_notice(python: str, run: Callable, program: Callable, tmp_path: Path) -> None:
    path = program(
        "import sys, os, warnings, threading, gc\n"
        + HEAD
        + "asyncio.run(main())\n"
        + "print(sys.argv, sys.path, sorted(m for m in sys.modules if 'custom' in m), threading.active_count())\n"
        + "print('to stderr', file=sys.stderr)\n"
        + "if hasattr(os, 'fork') and os.fork() == 0: os._exit(0)\n"
    )
    bare = subprocess.run([python, "-Wdefault", path], cwd=tmp_path, capture_output=True, text=True, check=False)
    done = run(python, "-Wdefault", path)
    assert (done.code, done.out, done.err) == (bare.returncode, bare.stdout, bare.stderr)
    assert "to stderr" in done.err


def test_standard_input_reaches_it(python: str, tmp_path: Path) -> None:
    switchpoint = [sys.executable, "-m", "switchpoint", "observe", "--output", str(tmp_path / "o.json"), "--"]
    command = [*switchpoint, python, "-c", "print(input()[::-1])"]
    done = subprocess.run(command, input="abc\n", cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "cba\n")


@pytest.mark.parametrize("theirs", ["import marker", "raise SystemError('theirs')", None])
def test_the_users_sitecustomize_still_runs(
    theirs: str | None, python: str, run: Callable, program: Callable, tmp_path: Path
) -> None:
    path = program(HEAD + "asyncio.run(main())\nprint('marker' in sys.modules, 'sitecustomize' in sys.modules)\n")
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "marker.py").write_text("")
    if theirs:
        (folder / "sitecustomize.py").write_text(theirs)
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [python, str(path)]
    bare = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    done = run(*command, environment={"PYTHONPATH": str(folder)})
    assert (done.code, done.out, done.err) == (bare.returncode, bare.stdout, bare.stderr)
    assert done.seen(path) == {QUIET: (0, 1), LOUD: (1, 1)}


def test_a_venv_and_its_console_scripts(python: str, run: Callable, program: Callable, tmp_path: Path) -> None:
    path = program(HEAD + "def script(): asyncio.run(main()); sys.exit(5)\n")
    subprocess.run([python, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    scripts = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin")
    run_it = run(scripts / "python", "-c", "import program; program.script()")
    assert (run_it.code, run_it.err) == (5, "")
    if os.name != "nt":
        script = scripts / "tool"
        script.write_text(f"#!{scripts / 'python'}\nimport sys; sys.path.insert(0, {str(tmp_path)!r})\n"
                          "import program; program.script()\n")  # fmt: skip
        script.chmod(0o755)
        found = run("tool", environment={"PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"})
        assert (found.code, found.err) == (5, "")
        assert found.seen(path) == {QUIET: (0, 2), LOUD: (2, 2)}


def test_code_without_a_file_is_left_alone(python: str, run: Callable, tmp_path: Path) -> None:
    text = HEAD + "exec(compile('async def f(): await main()', 'gone.py', 'exec')); asyncio.run(f())"
    done = run(python, "-c", text)
    assert (done.code, done.err) == (0, "")
    assert not [path for path in done.observed.files if str(tmp_path) in path]


@pytest.mark.parametrize("option", ["-I", "-E", "-S", "-sI", "-BE"])
def test_a_command_that_shuts_it_out_is_refused(option: str, run: Callable) -> None:
    done = run(sys.executable, option, "-c", "print('ran')")
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert f"without -{option[-1]}" in done.err


@pytest.mark.parametrize(("code", "why"), [("0", "started no Python"), ("4", "started no Python")])
def test_a_command_that_is_not_python_is_told_of(code: str, why: str, python: str, run: Callable) -> None:
    hidden = f"import subprocess, sys; sys.exit(subprocess.call([{python!r}, '-Ic', 'exit({code})']))"
    done = run("env", "-u", "PYTHONPATH", python, "-c", hidden) if os.name != "nt" else pytest.skip("POSIX only")
    assert done.code == int(code)
    assert why in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("version", ["3.10", "3.11"])
def test_an_older_python_is_told_of(version: str, run: Callable) -> None:
    old = find(version)
    if old is None:
        pytest.skip(f"no CPython {version} here")
    done = run(old, "-c", "print('ran'); raise SystemExit(4)")
    assert (done.code, done.out) == (4, "ran\n")
    assert done.err.count("\n") == 1
    assert f"needs CPython 3.12 or newer, and the command ran on {version}." in done.err


def test_hidden_columns_are_told_of(python: str, run: Callable) -> None:
    done = run(python, "-X", "no_debug_ranges", "-c", "print('ran')")
    assert (done.code, done.out) == (0, "ran\n")
    assert "no_debug_ranges" in done.err


def test_a_command_that_is_not_there(run: Callable, tmp_path: Path) -> None:
    done = run(tmp_path / "missing")
    assert done.code == 2
    assert "missing" in done.err
    assert done.err.count("\n") == 1


@posix
def test_stopping_the_command_stops_the_program(python: str, program: Callable, tmp_path: Path) -> None:
    path = program(
        HEAD + "signal.signal(signal.SIGTERM, lambda *_: (print('told'), sys.exit(9)))\n"
        # Not `signal.pause()`: a signal just before it would be waited for without end.
        "import time\nasyncio.run(main()); print('ready', flush=True)\nwhile True: time.sleep(0.01)\n"
    )
    output = tmp_path / "o.json"
    command = [sys.executable, "-m", "switchpoint", "observe", "--output", str(output), "--", python, str(path)]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "told\n"
    assert process.returncode == 9
    assert str(path) in load(output).files


def test_what_is_left_behind(python: str, run: Callable, program: Callable, tmp_path: Path) -> None:
    path = program(HEAD + "asyncio.run(main())\n")
    run(python, "-B", path)
    assert sorted(os.listdir(tmp_path)) == [".switchpoint", "program.py"]
    assert sorted(os.listdir(tmp_path / ".switchpoint")) == [".gitignore", "observed.json"]
    document = json.loads((tmp_path / ".switchpoint" / "observed.json").read_text())
    assert document["version"] == 1
    assert document["python"].startswith("3.")
    site = document["files"][os.path.realpath(path)]["sites"][0]
    assert site == {"kind": "await", "line": 4, "col": 4, "end_line": 4, "end_col": 17, "ran": 1, "switched": 0}


def test_a_program_that_forbids_files(python: str, run: Callable, program: Callable) -> None:
    path = program(
        HEAD
        + "import builtins, os, mmap\ndef forbidden(*_): raise RuntimeError('forbidden here')\n"
        + "builtins.open = os.open = os.write = os.read = os.close = os.path.join = mmap.mmap = forbidden\n"
        + "coroutine = main()\nfor _ in range(2):\n    try: coroutine.send(None)\n    except StopIteration: pass\n"
    )
    done = run(python, path)
    assert (done.code, done.err) == (0, "")
    assert done.seen(path) == {QUIET: (0, 1), LOUD: (1, 1)}


@posix
def test_a_session_that_vanishes(python: str, run: Callable, program: Callable) -> None:
    path = program(
        "import os, shutil\n"
        "shutil.rmtree(os.environ['PYTHONPATH'].split(os.pathsep)[0])\n" + HEAD + "asyncio.run(main())\n"
        "if os.fork(): os.wait()\nelse: asyncio.run(main())\nprint('done')\n"
    )
    done = run(python, path)
    assert (done.code, done.out) == (0, "done\ndone\n")
    assert done.err.count("\n") == 1
    assert "nothing was observed" in done.err


@posix
def test_an_interrupt_of_both_is_the_programs_to_answer(python: str, program: Callable, tmp_path: Path) -> None:
    path = program(
        # Not `signal.pause()`: an interrupt just before it would be waited for without end.
        HEAD + "import time\nasyncio.run(main())\n"
        "try:\n    print('ready', flush=True)\n    while True: time.sleep(0.01)\n"
        "except KeyboardInterrupt: asyncio.run(main()); print('told'); sys.exit(6)\n"
    )
    output = tmp_path / "o.json"
    command = [sys.executable, "-m", "switchpoint", "observe", "--output", str(output), "--", python, str(path)]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, out, err) == (6, "told\n", "")
    assert [site.ran for site in load(output).files[os.path.realpath(path)].sites] == [2, 2]
