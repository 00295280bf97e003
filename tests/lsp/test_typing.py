"""Statements of real functions, typed character by character into real files, over the wire.

At every keystroke, at once and after the analysis has followed, every hint outside the typed statement is there and
at its place: none is lost, none displaced, so none can flicker. In short on the standard library's asyncio; with
`SWITCHPOINT_TYPING_FUNCTIONS=200` and `SWITCHPOINT_TYPING_CODE=FOLDER` on more functions of other libraries, and with
`SWITCHPOINT_TYPING_SEED` on others of them.
"""

from __future__ import annotations

import ast
import asyncio
import os
import random
import time
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from benchmarks.talking import Contestant, Talk, talking
from lsp.editor import COMMAND, LONGEST

FUNCTIONS = int(os.environ.get("SWITCHPOINT_TYPING_FUNCTIONS", "4"))
CODE = Path(os.environ.get("SWITCHPOINT_TYPING_CODE", os.path.dirname(asyncio.__file__)))
REST = 0.1
SEED = int(os.environ.get("SWITCHPOINT_TYPING_SEED", "20261123"))
LONGEST_STATEMENT = 60
LONGEST_FILE = 3000
MOST_OF_A_FILE = 25
EVERYTHING = 1_000_000
SIMPLE = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Raise, ast.Assert, ast.Pass, ast.Break)

Place = tuple[int, int]


@dataclass(frozen=True)
class Typed:
    """A statement that has its line for itself (counting from 0), in an async function of a file."""

    path: Path
    function: str
    line: int
    col: int
    text: str


def test_typing_leaves_every_other_hint_where_it_is(tmp_path: Path) -> None:
    chosen = statements()
    assert len(chosen) == FUNCTIONS
    wrong: list[str] = []
    with talking(Contestant("switchpoint", COMMAND), tmp_path) as talk:
        for path, group in groupby(chosen, key=lambda typed: typed.path):
            talk.open(path)
            for typed in group:
                wrong += type_out(talk, typed)
            talk.send({"method": "textDocument/didClose", "params": {"textDocument": {"uri": talk.uri}}})
    assert not wrong, "\n".join(wrong)


def type_out(talk: Talk, typed: Typed) -> list[str]:
    """Delete the statement, type it again; what was wrong first, with the keystroke."""
    before = at_rest(talk, typed)
    talk.send(talk.edit(typed.line, typed.col, len(typed.text), ""))
    for count, char in enumerate(typed.text):
        edit = talk.edit(typed.line, typed.col + count, 0, char)
        at_once = shown(talk, typed, edit)
        later = followed(talk, typed, before)
        for when, now in (("at once", at_once), ("after the analysis", later)):
            if now != before:
                lost, found = sorted((before - now).elements()), sorted((now - before).elements())
                # What is left is typed at once, so that the next function meets the file as it was.
                talk.send(talk.edit(typed.line, typed.col + count + 1, 0, typed.text[count + 1 :]))
                place = f"{typed.path.name}:{typed.line + 1} {typed.function}"
                return [f"{place}: {typed.text[: count + 1]!r} {when}: lost {lost}, others {found}"]
    return []


def shown(talk: Talk, typed: Typed, *before: dict[str, object]) -> Counter[Place]:
    """Where hints stand, but for the typed line, and for what ends a block with it."""
    hints = talk.hints(0, EVERYTHING, *before).value or []
    places = [(hint["position"]["line"], hint["position"]["character"]) for hint in hints if not is_exit(hint)]
    return Counter(place for place in places if place[0] != typed.line)


def is_exit(hint: dict[str, object]) -> bool:
    """An exit's hint stands at the end of its block, which may be what is typed; and it is not always shown."""
    return "exit" in str(hint["label"])


def followed(talk: Talk, typed: Typed, wanted: Counter[Place]) -> Counter[Place]:
    """The hints once the analysis has followed, which it may do slowly; if they are not as wanted, what they still are
    when it has had long enough."""
    end = time.monotonic() + LONGEST
    while True:
        settle(talk)
        now = shown(talk, typed)
        if now == wanted or time.monotonic() > end:
            return now
        time.sleep(REST)


def at_rest(talk: Talk, typed: Typed) -> Counter[Place]:
    """The hints when they change no more: the analysis answers requests before it sends hints by itself."""
    settle(talk)
    now, before = shown(talk, typed), None
    while now != before:
        time.sleep(REST)
        settle(talk)
        now, before = shown(talk, typed), now
    return now


def settle(talk: Talk) -> None:
    """Our own request is answered by the analysis, for the text that there is now."""
    talk.ask("switchpoint/sites", {"textDocument": {"uri": talk.uri}})


def statements() -> list[Typed]:
    """One of each of some functions, the same ones each time; several of a file, since opening one costs most."""
    picked = random.Random(SEED)
    files = sorted(CODE.rglob("*.py"))
    picked.shuffle(files)
    chosen: list[Typed] = []
    for path in files:
        functions: dict[str, list[Typed]] = {}
        for typed in candidates(path):
            functions.setdefault(typed.function, []).append(typed)
        names = picked.sample(sorted(functions), min(len(functions), MOST_OF_A_FILE, FUNCTIONS - len(chosen)))
        chosen += sorted((picked.choice(functions[name]) for name in names), key=lambda typed: typed.line)
    return chosen


def candidates(path: Path) -> list[Typed]:
    try:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    lines = text.split("\n")
    if len(lines) > LONGEST_FILE or not text.isascii():
        return []
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
    return [
        Typed(path, f"{function.name}:{function.lineno}", node.lineno - 1, node.col_offset, body[node.col_offset :])
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, SIMPLE)
        and node.lineno == node.end_lineno
        and (body := lines[node.lineno - 1])[: node.col_offset].isspace()
        and node.end_col_offset == len(body)
        and node.end_col_offset - node.col_offset <= LONGEST_STATEMENT
    ]


def test_the_check_sees_a_lost_hint(tmp_path: Path) -> None:
    """Held against itself: a hint that goes because its `await` goes is seen."""
    text = "async def f():\n    await g()\n    await g()\n"
    path = tmp_path / "two.py"
    path.write_text(text, encoding="utf-8")
    elsewhere = Typed(path, "f", 2, 4, "await g()")
    with talking(Contestant("switchpoint", COMMAND), tmp_path) as talk:
        talk.open(path)
        settle(talk)
        before = shown(talk, elsewhere)
        talk.send(talk.edit(1, 4, len("await "), ""))
        settle(talk)
        assert before - shown(talk, elsewhere) == Counter({(1, 13): 1})
