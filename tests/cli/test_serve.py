"""`switchpoint serve` speaks the protocol, on stdin and stdout or on a port. What it says is tested in tests/lsp."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from cli.program import LONGEST, surroundings

INITIALIZE = {"processId": None, "rootUri": None, "capabilities": {}}


def session(wire_in: IO[bytes], wire_out: IO[bytes]) -> dict[str, Any]:
    """Initialize, shutdown, exit; the answer to the first."""
    send(wire_in, {"id": 1, "method": "initialize", "params": INITIALIZE})
    answer = receive(wire_out, 1)
    send(wire_in, {"method": "initialized", "params": {}})
    send(wire_in, {"id": 2, "method": "shutdown"})
    receive(wire_out, 2)
    send(wire_in, {"method": "exit"})
    return answer


def send(wire: IO[bytes], message: dict[str, Any]) -> None:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    wire.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    wire.flush()


def receive(wire: IO[bytes], number: int) -> dict[str, Any]:
    while True:
        length = 0
        while (line := wire.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        message = json.loads(wire.read(length))
        if message.get("id") == number and "method" not in message:
            return message


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-I", "-m", "switchpoint", "serve", *options]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=folder, env=surroundings({}), stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        yield process
        assert process.wait(LONGEST) == 0
    finally:
        process.kill()
        process.communicate()


def test_stdio(tmp_path: Path) -> None:
    with serving(tmp_path) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        capabilities = session(process.stdin, process.stdout)["result"]["capabilities"]
    assert capabilities["inlayHintProvider"]
    assert capabilities["hoverProvider"]


def test_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def connected() -> socket.socket:
        return socket.create_connection(("127.0.0.1", port))

    with serving(tmp_path, "--tcp", f"127.0.0.1:{port}") as process, soon(connected, process) as connection:
        wire = connection.makefile("rwb")
        assert session(wire, wire)["result"]["serverInfo"]["name"] == "switchpoint"


def soon(attempt: Callable[[], socket.socket], process: subprocess.Popen[bytes]) -> socket.socket:
    while True:
        try:
            return attempt()
        except OSError:
            assert process.poll() is None, "the server ended"
            time.sleep(0.05)
