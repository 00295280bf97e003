"""What no well-behaved client sends, and what real ones send all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lsp.test_session import CHILDREN, HINTS
from lsp.wire import Wire, wired

INVALID_REQUEST = -32600
INVALID_PARAMS = -32602
NOT_INITIALIZED = -32002

LARGEST = 2**31 - 1
LABELS = [label for _, label in HINTS]
POSITIONED = ("hover", "documentHighlight", "prepareCallHierarchy")

URIS = [
    "file:///a%20folder/50%25%20%23%3F/it%27s.py",
    "file:///C:/Users/x/y.py",
    "file:///c%3A/Users/x/y.py",
    "file://server/share/z.py",
    "file:///x/%00.py",
    "file:///x/%ff%fe.py",
    "file:///" + "long" * 2000 + ".py",
    "file:///no-suffix",
    "file:",
    "untitled:Untitled-1",
    "untitled:/tmp/not%20yet.py",
    "vscode-vfs://github/a/b.py",
    "git:/a/b.py?%7B%22ref%22%3A%22HEAD%22%7D",
    "inmemory://model/1",
    "no uri at all",
    "",
]


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """One server for all: what one test sends must not hurt the next."""
    with wired(tmp_path_factory.mktemp("hostile").as_uri()) as wire:
        yield wire


@pytest.mark.parametrize("uri", URIS, ids=lambda uri: uri[:40] or "empty")
def test_a_document_of_any_uri_is_analysed(wire: Wire, uri: str) -> None:
    open_(wire, uri)
    assert labels(wire, uri) == LABELS
    edit(wire, uri, span(0, 0, 0, 0), "import os\n")
    assert labels(wire, uri) == LABELS
    found = positioned(wire, "hover", uri, 14, 5)["result"]
    assert found["contents"]["value"].startswith("switchpoint: may switch — child() ")
    chain = wire.call(8, "switchpoint/why", {"textDocument": {"uri": uri}, "position": at(14, 5)})["result"]
    assert chain[0]["uri"] == uri


def test_files_of_other_folders_are_named_by_uris_that_lead_there(tmp_path: Path) -> None:
    folder = tmp_path / "a folder #1 with 50% é"
    folder.mkdir()
    (folder / "library.py").write_text(CHILDREN, encoding="utf-8")
    uri = (folder / "program.py").as_uri()
    with wired(folder.as_uri()) as wire:
        open_(wire, uri, "from library import child\n\n\nasync def main():\n    await child()\n")
        chain = wire.call(1, "switchpoint/why", {"textDocument": {"uri": uri}, "position": at(4, 5)})["result"]
    assert chain[0]["uri"] == (folder / "library.py").as_uri()


def test_documents_that_are_not_open(wire: Wire) -> None:
    uri = "file:///never/opened.py"
    edit(wire, uri, span(0, 0, 0, 0), "x")
    tell(wire, "didSave", {"textDocument": {"uri": uri}})
    tell(wire, "didClose", {"textDocument": {"uri": uri}})
    assert hints(wire, uri)["result"] is None
    for method in POSITIONED:
        assert positioned(wire, method, uri, 0, 0)["result"] is None
    open_(wire, uri)
    assert labels(wire, uri) == LABELS
    for _ in range(2):
        tell(wire, "didClose", {"textDocument": {"uri": uri}})
    assert hints(wire, uri)["result"] is None


def test_a_document_that_is_opened_twice(wire: Wire) -> None:
    uri = "file:///twice.py"
    open_(wire, uri, "async def nothing(): ...\n")
    open_(wire, uri)
    assert labels(wire, uri) == LABELS


@pytest.mark.parametrize(("line", "col"), [(LARGEST, LARGEST), (0, LARGEST), (LARGEST, 0), (13, LARGEST)])
def test_positions_beyond_the_text(wire: Wire, line: int, col: int) -> None:
    uri = "file:///beyond.py"
    open_(wire, uri)
    for method in POSITIONED:
        assert not positioned(wire, method, uri, line, col)["result"]
    window = span(0, 0, line, col)
    shown = wire.call(4, "textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": window})["result"]
    assert [hint["label"] for hint in shown] == LABELS[: sum(hinted <= line for hinted in (5, 13, 14))]
    edit(wire, uri, span(line, col, LARGEST, LARGEST), "")
    edit(wire, uri, span(LARGEST, 0, LARGEST, LARGEST), "\n\nasync def more():\n    await more()\n")
    assert labels(wire, uri)[-1:] == ["inline"]


@pytest.mark.parametrize("line", [-1, -LARGEST, 2**32, 10**30, "x", None, [], {}])
def test_positions_that_are_none_are_refused_and_change_nothing(wire: Wire, line: object) -> None:
    uri = "file:///refused.py"
    open_(wire, uri)
    for method in POSITIONED:
        assert positioned(wire, method, uri, line, 0)["error"]["code"] == INVALID_PARAMS
    edit(wire, uri, span(line, 0, line, 0), "broken(")
    assert labels(wire, uri) == LABELS


def test_ranges_that_run_backwards(wire: Wire) -> None:
    uri = "file:///backwards.py"
    open_(wire, uri)
    window = {"textDocument": {"uri": uri}, "range": span(14, 0, 2, 0)}
    assert wire.call(2, "textDocument/inlayHint", window)["result"] == []
    edit(wire, uri, span(5, 4, 4, 0), "")
    assert labels(wire, uri) == LABELS


def test_requests_where_the_protocol_allows_none(tmp_path: Path) -> None:
    with wired(tmp_path.as_uri(), initialize=False) as wire:
        assert positioned(wire, "hover", "file:///x.py", 0, 0)["error"]["code"] == NOT_INITIALIZED
        begin = {"processId": None, "rootUri": None, "capabilities": {}}
        assert "capabilities" in wire.call(1, "initialize", begin)["result"]
        assert wire.call(2, "initialize", begin)["error"]["code"] == INVALID_REQUEST
        open_(wire, "file:///x.py")
        assert labels(wire, "file:///x.py") == LABELS
        assert wire.call(3, "shutdown", None)["result"] is None
        assert positioned(wire, "hover", "file:///x.py", 0, 0)["error"]["code"] == INVALID_REQUEST
        assert wire.call(4, "shutdown", None)["error"]["code"] == INVALID_REQUEST
        wire.send({"method": "exit"})
        assert wire.process.wait(60) == 0


def test_answers_and_notes_that_nobody_asked_for(wire: Wire) -> None:
    wire.send({"id": 777, "result": None})
    wire.send({"id": 778, "error": {"code": 1, "message": "no"}})
    wire.send({"method": "$/cancelRequest", "params": {"id": 999}})
    wire.send({"method": "$/unknown", "params": {}})
    wire.send({"method": "workspace/didChangeWatchedFiles", "params": {"changes": [{"uri": "x:y", "type": 1}]}})
    wire.send({"method": "workspace/didChangeConfiguration", "params": {"settings": [1, 2]}})
    open_(wire, "file:///x.py")
    assert labels(wire, "file:///x.py") == LABELS


def test_data_that_comes_back_changed(wire: Wire) -> None:
    """What we put into a hint or a hierarchy item may come back as anything."""
    hint = {"position": at(0, 0), "label": "inline"}
    for data in (None, 1, [], ["file:///x.py", 1, "await", 1], ["file:///x.py", "1", 2, 3, 4], {"a": 1}):
        assert wire.call(5, "inlayHint/resolve", {**hint, "data": data})["result"]["label"] == "inline"
    whole = span(0, 0, 0, 0)
    item = {"name": "f", "kind": 12, "uri": "file:///x.py", "range": whole, "selectionRange": whole}
    for data in (None, 7, {"path": 1, "name": 2}, {"path": "/nowhere.py", "name": "f"}, {"path": "\0", "name": ""}):
        for method in ("outgoingCalls", "incomingCalls"):
            answer = wire.call(6, f"callHierarchy/{method}", {"item": {**item, "data": data}})
            assert not answer.get("result"), answer
            assert "error" not in answer, answer


def open_(wire: Wire, uri: str, text: str = CHILDREN) -> None:
    tell(wire, "didOpen", {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": text}})


def edit(wire: Wire, uri: str, where: object, text: str) -> None:
    change = {"range": where, "text": text}
    tell(wire, "didChange", {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [change]})


def tell(wire: Wire, method: str, params: object) -> None:
    wire.send({"method": f"textDocument/{method}", "params": params})


def hints(wire: Wire, uri: str) -> dict[str, Any]:
    return wire.call(2, "textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": span(0, 0, 9999, 0)})


def labels(wire: Wire, uri: str) -> list[str]:
    return [hint["label"] for hint in hints(wire, uri)["result"]]


def positioned(wire: Wire, method: str, uri: str, line: object, col: object) -> dict[str, Any]:
    return wire.call(3, f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": at(line, col)})


def at(line: object, col: object) -> dict[str, object]:
    return {"line": line, "character": col}


def span(line: object, col: object, end_line: object, end_col: object) -> dict[str, object]:
    return {"start": at(line, col), "end": at(end_line, end_col)}
