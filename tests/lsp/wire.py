"""The bare wire: frames as bytes, for what a client library would not send.

In: messages, or bytes that are none. Out: answers.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from lsp.editor import COMMAND, LONGEST


@dataclass
class Wire:
    process: subprocess.Popen[bytes]

    def send(self, message: dict[str, Any]) -> None:
        self.send_bytes(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def send_bytes(self, body: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def send_together(self, messages: list[dict[str, Any]]) -> None:
        """In one write, as a client's buffer would."""
        bodies = [json.dumps({"jsonrpc": "2.0", **message}).encode() for message in messages]
        assert self.process.stdin is not None
        self.process.stdin.write(b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies))
        self.process.stdin.flush()

    def call(self, number: int, method: str, params: object) -> dict[str, Any]:
        self.send({"id": number, "method": method, "params": params})
        return self.answer(number)

    def answer(self, number: int) -> dict[str, Any]:
        """The answer to a request; what else comes is passed over."""
        while True:
            message = self._message()
            if message.get("id") == number and "method" not in message:
                return message

    def messages(self) -> Iterator[dict[str, Any]]:
        """All that the server still says, until it closes its output."""
        with suppress(EOFError):
            while True:
                yield self._message()

    def _message(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while (line := self.process.stdout.readline()) != b"\r\n":
            if not line:
                raise EOFError
            name, _, value = line.strip().partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return json.loads(self.process.stdout.read(length))


@contextmanager
def wired(root_uri: str | None, *, initialize: bool = True) -> Iterator[Wire]:
    """A server, initialized if asked for. Its end is the end of its input, unless the block ended it otherwise."""
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    wire = Wire(process)
    try:
        if initialize:
            wire.call(0, "initialize", {"processId": None, "rootUri": root_uri, "capabilities": {}})
            wire.send({"method": "initialized", "params": {}})
        yield wire
        assert process.stdin is not None
        process.stdin.close()
        process.wait(LONGEST)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
