"""One language server under measurement, over stdio, with nothing of a client library in between.

In: a command and settings. Out: answers with the time that they took, from the moment before the first byte was
written to the moment the last byte was read. What the server asks is answered as an editor would.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

PATIENCE = 120.0
VISIBLE = 60

Json = dict[str, Any]


@dataclass(frozen=True)
class Contestant:
    """How a server is started and what it must be told to show hints."""

    name: str
    command: list[str]
    settings: Json = field(default_factory=dict[str, Any])
    options: Json = field(default_factory=dict[str, Any])
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Answer:
    """An answer, and the seconds from `since` to it."""

    value: Any
    seconds: float


@dataclass
class Talk:
    """A running server. `text` is what the server was told the open file holds."""

    contestant: Contestant
    process: subprocess.Popen[bytes]
    started: float
    uri: str = ""
    lines: list[str] = field(default_factory=list[str])
    version: int = 0
    numbers: int = 0
    arrived: SimpleQueue[tuple[float, Json]] = field(default_factory=SimpleQueue)
    refreshes: int = 0
    notes: list[tuple[float, Json]] = field(default_factory=list[tuple[float, Json]])

    def send(self, *messages: Json) -> None:
        """All in one write, as an editor's buffers would do."""
        bodies = [json.dumps({"jsonrpc": "2.0", **message}).encode() for message in messages]
        assert self.process.stdin is not None
        self.process.stdin.write(b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies))
        self.process.stdin.flush()

    def ask(self, method: str, params: Any, *before: Json, since: float | None = None) -> Answer:
        """Ask, together with the notifications `before`."""
        self.numbers += 1
        began = time.perf_counter() if since is None else since
        self.send(*before, {"id": self.numbers, "method": method, "params": params})
        return self._answer(self.numbers, began)

    def open(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        self.uri, self.version, self.lines = path.as_uri(), 1, text.splitlines(keepends=True)
        item = {"uri": self.uri, "languageId": "python", "version": 1, "text": text}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": item}})

    def edit(self, line: int, col: int, removed: int, text: str) -> Json:
        """The notification of an edit that begins on a line (counting from 0) and removes characters of it."""
        self.version += 1
        old = self.lines[line]
        self.lines[line : line + 1] = (old[:col] + text + old[col + removed :]).splitlines(keepends=True)
        span = {"start": {"line": line, "character": col}, "end": {"line": line, "character": col + removed}}
        document = {"uri": self.uri, "version": self.version}
        changes = [{"range": span, "text": text}]
        return {"method": "textDocument/didChange", "params": {"textDocument": document, "contentChanges": changes}}

    def hints(self, first: int, last: int, *before: Json, since: float | None = None) -> Answer:
        span = {"start": {"line": first, "character": 0}, "end": {"line": last, "character": 0}}
        params = {"textDocument": {"uri": self.uri}, "range": span}
        return self.ask("textDocument/inlayHint", params, *before, since=since)

    def hover(self, line: int, col: int) -> Answer:
        at = {"line": line, "character": col}
        return self.ask("textDocument/hover", {"textDocument": {"uri": self.uri}, "position": at})

    def memory(self) -> tuple[float, float]:
        """Megabytes of this process and all below it: resident, and with shared pages counted once."""
        family = [str(pid) for pid in _family(self.process.pid)]
        return sum(_kilobytes(pid, "Rss:") for pid in family) / 1024, sum(_kilobytes(p, "Pss:") for p in family) / 1024

    def _answer(self, number: int, began: float) -> Answer:
        until = time.perf_counter() + PATIENCE
        while True:
            try:
                at, message = self.arrived.get(timeout=max(0.0, until - time.perf_counter()))
            except Empty:
                raise TimeoutError(f"{self.contestant.name} did not answer") from None
            if message.get("id") == number and "method" not in message:
                return Answer(message.get("result"), at - began)


@contextmanager
def talking(contestant: Contestant, folder: Path) -> Iterator[Talk]:
    """A server after `initialized`, killed at the end if it does not leave."""
    environment = {**os.environ, **contestant.environment}
    pipe = subprocess.PIPE
    began = time.perf_counter()
    process = subprocess.Popen(
        contestant.command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment, cwd=folder
    )
    talk = Talk(contestant, process, began)
    threading.Thread(target=_read, args=(talk,), daemon=True).start()
    try:
        talk.ask("initialize", _initialize(contestant, folder))
        talk.send({"method": "initialized", "params": {}})
        yield talk
        talk.ask("shutdown", None)
        talk.send({"method": "exit"})
        process.wait(5)
    except subprocess.TimeoutExpired:
        pass
    finally:
        for pid in _family(process.pid)[1:]:
            _kill(pid)
        process.kill()
        process.wait()


def _initialize(contestant: Contestant, folder: Path) -> Json:
    lazily = {"properties": ["tooltip", "label.location"]}
    return {
        "processId": os.getpid(),
        "rootUri": folder.as_uri(),
        "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name}],
        "initializationOptions": contestant.options,
        "capabilities": {
            "textDocument": {
                "synchronization": {"dynamicRegistration": False},
                "inlayHint": {"resolveSupport": lazily},
                "hover": {"contentFormat": ["markdown", "plaintext"]},
                "publishDiagnostics": {},
            },
            "workspace": {
                "inlayHint": {"refreshSupport": True},
                "configuration": True,
                "workspaceFolders": True,
                "didChangeWatchedFiles": {"dynamicRegistration": True},
            },
            "window": {"workDoneProgress": True},
            "general": {"positionEncodings": ["utf-16"]},
        },
    }


def _read(talk: Talk) -> None:
    pipe = talk.process.stdout
    assert pipe is not None
    while True:
        length = 0
        while (line := pipe.readline()).strip() != b"":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        if not line:
            return
        body = pipe.read(length)
        at = time.perf_counter()
        message: Json = json.loads(body)
        if "method" not in message:
            talk.arrived.put((at, message))
        elif "id" in message:
            talk.refreshes += message["method"] == "workspace/inlayHint/refresh"
            talk.send({"id": message["id"], "result": _reply(talk.contestant, message)})
        else:
            talk.notes.append((at, message))


def _reply(contestant: Contestant, message: Json) -> Any:
    if message["method"] != "workspace/configuration":
        return None
    return [_section(contestant.settings, item.get("section") or "") for item in message["params"]["items"]]


def _section(settings: Json, name: str) -> Any:
    found: Any = settings
    for part in filter(None, name.split(".")):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        below = " ".join((task / "children").read_text(encoding="ascii") for task in tasks).split()
    except OSError:
        return [pid]
    return [pid, *(one for child in below for one in _family(int(child)))]


def _kilobytes(pid: str, name: str) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(name))


def _kill(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return
