"""Whoever was given hints hears when they are others, in whatever order everybody speaks.

The client asks for a cell when it has edited it and for all when it is told to, and never otherwise. The worker is a
script: it takes what it was told and tells hints, first ones and final ones, when chance will have it.
"""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import Any

import pytest

from switchpoint.features.shifting import Hint
from switchpoint.lsp import session as session_module
from switchpoint.lsp.door import Door, Lost, Receive
from switchpoint.lsp.messages import Changed, Early, Fresh, Opened, ToWorker
from switchpoint.lsp.modules import splice, split
from switchpoint.lsp.server import create_server

BOOK = "file:///book.ipynb"
CELLS = [f"{BOOK}#{number}" for number in range(3)]
TEXT = "x = 1\nawait f()"
CONTENT_MODIFIED = -32801
RUNS = 60
STEPS = 40

Shown = list[tuple[int, str]]


class Script(Door):
    """A worker that never computes. `now` is what it would say of each `await` in its text."""

    def __init__(self, chance: Random) -> None:
        self.chance, self.told, self.lines, self.version = chance, list[ToWorker](), list[str](), 0
        self.hear: Receive | None = None

    def listen(self, receive: Receive) -> None:
        self.hear = receive

    def tell(self, message: ToWorker) -> None:
        self.told.append(message)

    def restart(self) -> None:
        self.told.clear()
        self.lines, self.version = [], 0

    def close(self) -> None: ...

    def take(self) -> None:
        """One of the messages that were not read yet."""
        if self.told:
            match self.told.pop(0):
                case Opened() as opened:
                    self.lines, self.version = split(opened.text), opened.version
                case Changed() as changed:
                    for edit in changed.edits:
                        splice(self.lines, edit)
                    self.version = changed.version
                case _:
                    pass

    def say(self, *, final: bool) -> None:
        if self.version and self.hear is not None:
            labels = ("inline", "may switch") if final else ("may switch",)
            hints = tuple(
                Hint(number, 9, self.chance.choice(labels), False, "await", number, 0, "")
                for number, line in enumerate(self.lines, 1)
                if line.startswith("await")
            )
            self.hear(Fresh(BOOK, self.version, hints, 0, 0) if final else Early(BOOK, self.version, hints))

    def is_lost(self) -> None:
        if self.hear is not None:
            self.hear(Lost())


class Client:
    """`has` is what is on its screen. `due` are the cells that it will ask for, `asked` what is not answered yet."""

    def __init__(self, chance: Random) -> None:
        self.worker = Script(chance)
        self.server, self.session = create_server(self.worker)
        self.server.protocol.set_writer(self)
        self.order = CELLS[:2]
        self.edits = dict.fromkeys(CELLS, 0)
        self.has: dict[str, Shown] = {}
        self.due = set[str]()
        self.asked: dict[int, tuple[str, int]] = {}
        self.count = 0

    def write(self, data: bytes) -> None:
        message = json.loads(data.partition(b"\r\n\r\n")[2])
        if message.get("method") == "workspace/inlayHint/refresh":
            self.due |= set(self.order)
        elif "method" not in message and message["id"] in self.asked:
            self.answered(message)

    def close(self) -> None: ...

    def answered(self, message: dict[str, Any]) -> None:
        uri, edits = self.asked.pop(message["id"])
        if "error" in message:
            assert message["error"]["code"] == CONTENT_MODIFIED
            return
        if edits == self.edits[uri]:
            found = message["result"] or []
            self.has[uri] = [(hint["position"]["line"], hint["label"]) for hint in found]

    def send(self, method: str, params: object, number: int | None = None) -> None:
        data = {"jsonrpc": "2.0", "method": method, "params": params}
        data = data if number is None else {**data, "id": number}
        self.server.protocol.handle_message(self.server.protocol.structure_message(data))

    def begin(self) -> None:
        able = {"workspace": {"inlayHint": {"refreshSupport": True}}}
        self.send("initialize", {"processId": None, "rootUri": None, "capabilities": able}, 0)
        cells = [{"kind": 2, "document": uri} for uri in self.order]
        book = {"uri": BOOK, "notebookType": "jupyter-notebook", "version": 1, "cells": cells}
        opened = {"notebookDocument": book, "cellTextDocuments": [item(uri) for uri in self.order]}
        self.send("notebookDocument/didOpen", opened)
        self.due |= set(self.order)

    def ask(self) -> None:
        if self.due:
            uri = self.due.pop()
            self.count += 1
            self.asked[self.count] = (uri, self.edits[uri])
            span = {"start": {"line": 0, "character": 0}, "end": {"line": 1000, "character": 0}}
            self.send("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": span}, self.count)

    def edit(self, uri: str) -> None:
        self.edits[uri] += 1
        place = {"line": 0, "character": 0}
        change = {"range": {"start": place, "end": place}, "text": "\n"}
        content = {"document": {"uri": uri, "version": 2}, "changes": [change]}
        self.changed({"textContent": [content]})
        self.due.add(uri)

    def add_or_swap(self) -> None:
        """A third cell is put between the others, or all change their places."""
        if len(self.order) < len(CELLS):
            self.order = [CELLS[0], CELLS[2], CELLS[1]]
            new = {"start": 1, "deleteCount": 0, "cells": [{"kind": 2, "document": CELLS[2]}]}
            self.changed({"structure": {"array": new, "didOpen": [item(CELLS[2])], "didClose": []}})
            self.due.add(CELLS[2])
            return
        self.order.reverse()
        cells = [{"kind": 2, "document": uri} for uri in self.order]
        array = {"start": 0, "deleteCount": len(cells), "cells": cells}
        self.changed({"structure": {"array": array, "didOpen": [], "didClose": []}})

    def changed(self, cells: object) -> None:
        identifier = {"uri": BOOK, "version": 2}
        self.send("notebookDocument/didChange", {"notebookDocument": identifier, "change": {"cells": cells}})

    def would_have(self, uri: str) -> Shown:
        page = self.session.pages[BOOK]
        cell = page.module.cell(uri)
        assert cell is not None
        lines = range(cell.first + 1, cell.first + cell.count + 1)
        return [(hint.line - 1 - cell.first, hint.label) for hint in page.hints if hint.line in lines]


def item(uri: str) -> dict[str, object]:
    return {"uri": uri, "languageId": "python", "version": 1, "text": TEXT}


async def until_quiet(client: Client) -> None:
    """Everybody finishes what is begun; nothing new is begun."""
    await asyncio.sleep(0.001)
    while client.worker.told:
        client.worker.take()
    client.worker.say(final=True)
    for _ in range(60):
        client.ask()
        await asyncio.sleep(0)
    await asyncio.sleep(0.001)
    while client.due:
        client.ask()
        await asyncio.sleep(0.001)


@pytest.mark.asyncio
async def test_what_is_on_the_screen_in_the_end_is_what_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "REFRESH_AFTER", 0)
    wrong: list[int] = []
    for number in range(RUNS):
        chance = Random(number)
        client = Client(chance)
        client.begin()
        acts = [
            *(client.worker.take, client.ask) * 3,
            lambda client=client: client.worker.say(final=False),
            *[lambda client=client: client.worker.say(final=True)] * 3,
            lambda client=client, chance=chance: client.edit(chance.choice(client.order)),
            client.add_or_swap,
        ]
        for _ in range(STEPS):
            chance.choice(acts)()
            for _ in range(chance.choice((0, 0, 1, 4))):
                await asyncio.sleep(0)
        if number % 4 == 0:
            client.worker.is_lost()
        await until_quiet(client)
        assert not client.asked, number
        if any(client.has.get(uri) != client.would_have(uri) for uri in client.order):
            wrong.append(number)
    assert not wrong
