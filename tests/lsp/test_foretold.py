"""What a hover says is told before anybody points, and never longer than it is true.

The server and the worker are the real ones, in this process: the worker takes its turns when the test says so, so that
it is seen who was asked, and that nobody is told what was true before a change.
"""

from __future__ import annotations

import asyncio
import io
import json
import pickle
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from switchpoint.lsp.door import Door, Lost, Receive
from switchpoint.lsp.foretelling import AT_ONCE, REACH, Lines, both, next_lines
from switchpoint.lsp.inbox import Inbox
from switchpoint.lsp.messages import Ask, Seen, ToWorker
from switchpoint.lsp.server import create_server
from switchpoint.lsp.worker import Worker

LIBRARY = "import asyncio\n\n\nasync def work():\n    return 1\n"
BUSY = LIBRARY.replace("    return 1\n", "    await asyncio.sleep(1)\n")
PROGRAM = """import asyncio
from library import work


async def main():
    await work()
    print("main")
    async with asyncio.Lock() as a, asyncio.timeout(1) as b: await work(); await main()
    asyncio.create_task(main()); asyncio.create_task(
        work()
    )


async def other(things):
    async for thing in things: await thing; print([x async for x in things], "ß", await thing)
"""
LINES = PROGRAM.count("\n")
AWAIT = (PROGRAM[: PROGRAM.index("await work()")].count("\n"), 5)


class Beside(Door):
    """A worker in this process. `asked` counts the requests that it was sent."""

    def __init__(self) -> None:
        self.asked = 0
        self.hear: Receive | None = None
        self.restart()

    def listen(self, receive: Receive) -> None:
        self.hear = receive

    def tell(self, message: ToWorker) -> None:
        self.asked += isinstance(message, Ask)
        self.worker.inbox.put(message)

    def restart(self) -> None:
        self.written = io.BytesIO()
        self.worker = Worker(Inbox(), self.written)

    def close(self) -> None: ...

    def work(self) -> list[Any]:
        """All that there is to do, but for keeping what was learned; what it then says, to be handed over."""
        worker, said = self.worker, list[Any]()
        while not worker.inbox.is_empty() or worker.asks or worker.desk.dirty or worker.untold():
            worker.turn()
        data = io.BytesIO(self.written.getvalue())
        while data.tell() < len(data.getvalue()):
            said.append(pickle.load(data))
        self.written.seek(0)
        self.written.truncate()
        return said

    def say(self, messages: list[Any]) -> None:
        for message in messages:
            if self.hear is not None:
                self.hear(message)


class Client:
    """`answers` are the results by the number of the request."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.door = folder, Beside()
        self.server, self.session = create_server(self.door)
        self.server.protocol.set_writer(self)
        self.answers: dict[int, Any] = {}
        self.count = 0
        self.version = 1

    def write(self, data: bytes) -> None:
        message = json.loads(data.partition(b"\r\n\r\n")[2])
        if "method" not in message:
            assert "error" not in message
            self.answers[message["id"]] = message["result"]

    def close(self) -> None: ...

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def send(self, method: str, params: object, number: int | None = None) -> None:
        data = {"jsonrpc": "2.0", "method": method, "params": params}
        data = data if number is None else {**data, "id": number}
        self.server.protocol.handle_message(self.server.protocol.structure_message(data))

    def open(self, name: str, text: str) -> None:
        item = {"uri": self.uri(name), "languageId": "python", "version": 1, "text": text}
        self.send("textDocument/didOpen", {"textDocument": item})

    def edit(self, name: str, line: int, text: str) -> None:
        """A text is put at the beginning of a line."""
        self.version += 1
        place = {"line": line, "character": 0}
        change = {"range": {"start": place, "end": place}, "text": text}
        document = {"uri": self.uri(name), "version": self.version}
        self.send("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    def look(self, first: int, last: int, name: str = "program.py") -> None:
        """The editor asks for the hints of some lines (from 0)."""
        span = {"start": {"line": first, "character": 0}, "end": {"line": last, "character": 0}}
        self.count += 1
        self.send("textDocument/inlayHint", {"textDocument": {"uri": self.uri(name)}, "range": span}, self.count)

    async def rest(self) -> None:
        self.door.say(self.door.work())
        await asyncio.sleep(0)

    async def hover(self, line: int, col: int, name: str = "program.py") -> tuple[Any, bool]:
        """What is shown at a place (from 0), and whether the worker was asked for it."""
        self.count += 1
        before, number = self.door.asked, self.count
        at = {"line": line, "character": col}
        self.send("textDocument/hover", {"textDocument": {"uri": self.uri(name)}, "position": at}, number)
        while number not in self.answers:
            await self.rest()
        return self.answers[number], self.door.asked > before


@asynccontextmanager
async def at_rest(folder: Path) -> AsyncIterator[Client]:
    """A program is open and was looked at, and there is nothing left to do."""
    (folder / "library.py").write_text(LIBRARY, encoding="utf-8")
    client = Client(folder)
    client.send("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}}, 0)
    client.open("program.py", PROGRAM)
    await client.rest()
    client.look(0, LINES)
    await client.rest()
    yield client
    client.session.close()


@pytest.fixture(autouse=True)
def kept_in(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHPOINT_CACHE_DIR", str(tmp_path_factory.mktemp("kept")))


@pytest.mark.asyncio
async def test_every_place_that_is_looked_at_is_answered_without_asking_and_as_if_asked(tmp_path: Path) -> None:
    async with at_rest(tmp_path) as client:
        places = [(line, col) for line, text in enumerate(PROGRAM.splitlines()) for col in range(len(text) + 1)]
        told = [await client.hover(*place) for place in places]
        assert not any(was_asked for _, was_asked in told)
        # Nobody looks at it any more, and each place has to be asked for.
        client.session.shut(client.uri("program.py"))
        client.open("program.py", PROGRAM)
        await client.rest()
        client.door.worker.inbox.put(Seen(client.uri("program.py"), LINES + 1, LINES + 1))
        client.edit("program.py", LINES, "\n")
        await client.rest()
        asked = [await client.hover(*place) for place in places]
        assert all(was_asked for _, was_asked in asked)
        assert [found for found, _ in told] == [found for found, _ in asked]
        assert len({json.dumps(found["range"]) for found, _ in told if found}) == 12


@pytest.mark.asyncio
async def test_where_the_editor_scrolls_is_told_next(tmp_path: Path) -> None:
    async with at_rest(tmp_path) as client:
        client.edit("program.py", 0, "\n")
        client.look(1, 7)
        await client.rest()
        assert (await client.hover(AWAIT[0] + 1, AWAIT[1]))[1] is False
        assert (await client.hover(LINES - 1, 4))[1] is True
        client.look(8, LINES)
        await client.rest()
        assert (await client.hover(LINES, 4))[1] is False


def edited(client: Client) -> None:
    client.edit("program.py", 2, "async def work(): await asyncio.sleep(1)")


def opened(client: Client) -> None:
    client.open("library.py", BUSY)


def closed(client: Client) -> None:
    client.send("textDocument/didClose", {"textDocument": {"uri": client.uri("library.py")}})


def changed_on_disk(client: Client) -> None:
    (client.folder / "library.py").write_text(BUSY, encoding="utf-8")
    change = {"uri": client.uri("library.py"), "type": 2}
    client.send("workspace/didChangeWatchedFiles", {"changes": [change]})


def configured(client: Client) -> None:
    settings = {"switchpoint": {"pythonVersion": "3.13"}}
    client.send("workspace/didChangeConfiguration", {"settings": settings})


@pytest.mark.asyncio
@pytest.mark.parametrize("change", [edited, opened, closed, changed_on_disk, configured])
async def test_no_change_is_followed_by_what_was_true_before(tmp_path: Path, change: Callable[[Client], None]) -> None:
    async with at_rest(tmp_path) as client:
        if change is closed:
            opened(client)
            await client.rest()
        before = await client.hover(*AWAIT)
        change(client)
        await asyncio.sleep(0)
        after = await client.hover(*AWAIT)
        assert (before[1], after[1]) == (False, True)
        assert after[0] != before[0]
        await client.rest()
        assert await client.hover(*AWAIT) == (after[0], False)


@pytest.mark.asyncio
@pytest.mark.parametrize("change", [opened, changed_on_disk, configured])
async def test_what_was_found_before_a_change_and_arrives_after_it_does_not_count(
    tmp_path: Path, change: Callable[[Client], None]
) -> None:
    async with at_rest(tmp_path) as client:
        client.edit("program.py", LINES, "#")
        late = client.door.work()
        change(client)
        await asyncio.sleep(0)
        client.door.say(late)
        await asyncio.sleep(0)
        _, was_asked = await client.hover(*AWAIT)
        assert was_asked


@pytest.mark.asyncio
async def test_a_new_worker_is_asked_until_it_has_told(tmp_path: Path) -> None:
    async with at_rest(tmp_path) as client:
        before, _ = await client.hover(*AWAIT)
        client.edit("program.py", LINES, "#")
        late = client.door.work()
        client.session.receive(Lost())
        client.door.say(late)
        await asyncio.sleep(0)
        assert await client.hover(*AWAIT) == (before, True)
        await client.rest()
        assert await client.hover(*AWAIT) == (before, False)


@pytest.mark.asyncio
async def test_what_is_not_looked_at_any_more_is_not_told(tmp_path: Path) -> None:
    """Of many open modules those are told that were looked at last."""
    async with at_rest(tmp_path) as client:
        names = [f"other{number}.py" for number in range(4)]
        for name in names:
            client.open(name, PROGRAM)
            await client.rest()
            client.look(0, LINES, name)
            await client.rest()
        client.edit(names[0], LINES, "#")
        await client.rest()
        asked = [(await client.hover(*AWAIT, name))[1] for name in ("program.py", *names)]
        assert asked == [True, True, False, False, False]
        client.look(0, LINES)
        await client.rest()
        assert (await client.hover(*AWAIT))[1] is False


def test_what_is_near_is_told_first_and_what_is_far_never() -> None:
    chance = Random(1)
    for _ in range(300):
        first = chance.randrange(1, 3000)
        seen, near = (first, first + chance.choice((0, 59, 130, 5000))), chance.randrange(1, 9000)
        told: Lines | None = None
        while (lines := next_lines(seen, near, told)) is not None:
            wanted = min(max(near, seen[0]), seen[1])
            assert told is not None or lines[0] <= wanted <= lines[1]
            assert 0 <= lines[1] - lines[0] < AT_ONCE
            assert told is None or lines[0] > told[1] or lines[1] < told[0]
            told = both(told, lines)
        near = min(max(near, seen[0]), seen[1])
        assert told == (max(seen[0], near - REACH), min(seen[1], near + REACH))
        elsewhere = (told[1] + 50, told[1] + 80)
        assert next_lines(elsewhere, near, told) == elsewhere
        assert both(told, elsewhere) == elsewhere
