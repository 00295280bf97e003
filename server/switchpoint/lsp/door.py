"""The door to the analysis: a child process, so that computing never holds up the protocol.

In: messages for the worker. Out: the worker's messages, handed to `receive` in the event loop's thread. This module
must not know what the messages mean, and imports nothing heavy: the child is started before the protocol is loaded.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from switchpoint.lsp.compiled import kept_in
from switchpoint.lsp.messages import FromWorker, ToWorker

_BOOT = (
    "import sys; root = sys.argv[1]; root in sys.path or sys.path.insert(0, root); "
    "from switchpoint.lsp.compiled import keep_in; keep_in(sys.argv[2]); "
    "from switchpoint.lsp.worker import main; main()"
)


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker ended without being asked to."""


Receive = Callable[[FromWorker | Lost], None]


class Door:
    """One worker at a time. `tell` never blocks; `listen` must be called once before anything is received."""

    def __init__(self) -> None:
        self._receive: Receive | None = None
        self._closed = False
        self._start()

    def listen(self, receive: Receive) -> None:
        """Hand over what the worker says, from a thread of its own. What came before is handed over first."""
        self._receive = receive
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()

    def tell(self, message: ToWorker) -> None:
        """Hand over a message, in order."""
        self._outbox.put(message)

    def restart(self) -> None:
        """A new worker that knows nothing yet. Messages that the old one did not read are gone."""
        outbox, process = self._outbox, self._process
        # From here on nobody takes the end of the old one for a loss.
        self._start()
        _end(outbox, process)
        if self._receive is not None:
            self.listen(self._receive)

    def close(self) -> None:
        """End the worker. Called more than once does no harm."""
        self._closed = True
        _end(self._outbox, self._process)

    def _start(self) -> None:
        root = str(Path(__file__).resolve().parents[2])
        self._process = subprocess.Popen(
            [sys.executable, *_isolation(), "-c", _BOOT, root, kept_in()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._outbox: SimpleQueue[ToWorker | None] = SimpleQueue()
        threading.Thread(target=_write, args=(self._outbox, self._process.stdin), daemon=True).start()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        receive, pipe = self._receive, process.stdout
        assert receive is not None
        assert pipe is not None
        with pipe:
            for message in _messages(pipe):
                if process is self._process and not self._closed:
                    receive(message)
        if process is self._process and not self._closed:
            receive(Lost())


def _end(outbox: SimpleQueue[ToWorker | None], process: subprocess.Popen[bytes]) -> None:
    outbox.put(None)
    process.kill()
    process.wait()


def _messages(pipe: IO[bytes]):
    while True:
        try:
            message: FromWorker = pickle.load(pipe)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            return
        yield message


def _write(outbox: SimpleQueue[ToWorker | None], pipe: IO[bytes]) -> None:
    """A thread of its own, because a busy worker's pipe fills."""
    while (message := outbox.get()) is not None:
        try:
            pickle.dump(message, pipe, protocol=pickle.HIGHEST_PROTOCOL)
            if outbox.empty():
                pipe.flush()
        except (OSError, ValueError):
            return


def _isolation() -> list[str]:
    """-I: neither the folder the server is started in nor PYTHON* variables add to the child's path. A server without
    site-packages (-S: no `.pth` line is run) has a worker without them; where one writes no compiled code (-B), so does
    the other.
    """
    return ["-I", *(["-S"] if sys.flags.no_site else []), *(["-B"] if sys.dont_write_bytecode else [])]
