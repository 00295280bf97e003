"""Code actions over the wire, for clients that can do much or little with them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lsp.editor import COMMAND, LONGEST
from lsp.wire import Wire
from refactor.test_plain import APP, STORE

LITERALS = {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["refactor.rewrite"]}}}
PREVIEW = {"workspaceEdit": {"documentChanges": True, "changeAnnotationSupport": {}}}
HEAD = (1, 12)


@contextmanager
def session(folder: Path, code_action: dict[str, Any], workspace: dict[str, Any] | None = None) -> Iterator[Wire]:
    """A server on a folder with the two files, one of them open."""
    for name, text in {"store.py": STORE, "app.py": APP}.items():
        (folder / name).write_text(text, encoding="utf-8")
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    wire = Wire(process)
    try:
        capabilities = {"textDocument": {"codeAction": code_action}, "workspace": workspace or {}}
        wire.call(0, "initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": capabilities})
        wire.send({"method": "initialized", "params": {}})
        item = {"uri": (folder / "store.py").as_uri(), "languageId": "python", "version": 1, "text": STORE}
        wire.send({"method": "textDocument/didOpen", "params": {"textDocument": item}})
        yield wire
        assert process.stdin is not None
        process.stdin.close()
        process.wait(LONGEST)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def asked(wire: Wire, folder: Path, place: tuple[int, int] = HEAD, only: list[str] | None = None) -> Any:
    at = {"line": place[0], "character": place[1]}
    params: dict[str, Any] = {
        "textDocument": {"uri": (folder / "store.py").as_uri()},
        "range": {"start": at, "end": at},
        "context": {"diagnostics": []} | ({} if only is None else {"only": only}),
    }
    return wire.call(1, "textDocument/codeAction", params)["result"]


def changed(text: str, edits: list[dict[str, Any]]) -> str:
    """What a client makes of edits; these texts are ASCII."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(at: dict[str, int]) -> int:
        return starts[at["line"]] + at["character"]

    for edit in sorted(edits, key=lambda one: offset(one["range"]["start"]), reverse=True):
        start, end = edit["range"]["start"], edit["range"]["end"]
        text = text[: offset(start)] + edit["newText"] + text[offset(end) :]
    return text


def test_the_whole_workspace_edit(tmp_path: Path) -> None:
    with session(tmp_path, LITERALS) as wire:
        [action] = asked(wire, tmp_path)
    assert (action["title"], action["kind"]) == ("Make this a plain function", "refactor.rewrite")
    changes = action["edit"]["changes"]
    assert set(changes) == {(tmp_path / name).as_uri() for name in ("store.py", "app.py")}
    store = changed(STORE, changes[(tmp_path / "store.py").as_uri()])
    assert store == STORE.replace("async  def load", "def load").replace(
        "await load(await load(key))", "load(load(key))"
    )
    app = changed(APP, changes[(tmp_path / "app.py").as_uri()])
    assert app == APP.replace("await load", "load").replace("await store.load", "store.load")


def test_a_client_with_previews_is_asked_to_confirm(tmp_path: Path) -> None:
    with session(tmp_path, LITERALS, PREVIEW) as wire:
        [action] = asked(wire, tmp_path)
    [(name, annotation)] = action["edit"]["changeAnnotations"].items()
    assert annotation["needsConfirmation"] is True
    assert len(action["edit"]["documentChanges"]) == 2
    assert all(edit["annotationId"] == name for each in action["edit"]["documentChanges"] for edit in each["edits"])


def test_what_is_refused_is_shown_where_it_can_be(tmp_path: Path) -> None:
    line = STORE[: STORE.index("async def top")].count("\n")
    with session(tmp_path, LITERALS | {"disabledSupport": True}) as wire:
        [action] = asked(wire, tmp_path, (line, 16))
        assert "public method" in action["disabled"]["reason"]
        assert "edit" not in action
    with session(tmp_path, LITERALS) as wire:
        assert asked(wire, tmp_path, (line, 16)) == []


def test_only_what_is_asked_for(tmp_path: Path) -> None:
    with session(tmp_path, LITERALS) as wire:
        assert asked(wire, tmp_path, only=["quickfix"]) is None
        assert asked(wire, tmp_path, only=["refactor.rewrite.more"]) is None
        assert len(asked(wire, tmp_path, only=["source", "refactor"])) == 1
        assert asked(wire, tmp_path, (0, 0)) == []


def test_a_client_that_knows_commands_alone(tmp_path: Path) -> None:
    with session(tmp_path, {}) as wire:
        assert asked(wire, tmp_path) is None
