"""What is half typed costs its statement: all else keeps its verdicts, and nothing else is judged anew."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path

import pytest

from switchpoint.analysis import FileReport, Verdict, Workspace
from switchpoint.analysis.ir.layout import lay_out, split_lines

LIBRARY = Path(asyncio.__file__).parent
FILES = [LIBRARY / name for name in ("tasks.py", "streams.py", "locks.py", "base_events.py")]
SOURCE = """\
from types import coroutine

class Store:
    def __init__(self, size):
        self.size = size

    async def idle(self, x):
        x = 1
        for each in (1, 2):
            if each:
                HALF
            else:
                await self.rest()
        return self

    async def rest(self):
        return self

    async def switches(self):
        await switch()

async def main():
    store = await Store(1).idle(2)
    await store.rest()
    await store.switches()

@coroutine
def switch(): yield
"""
WHOLE = {"await self.rest()": "inline", "await switch()": "may switch", "await Store(1).idle(2)": "inline",
         "await store.rest()": "inline", "await store.switches()": "may switch"}  # fmt: skip
HALVES = [
    "x = (", "x = [1, {2: (", "x = ", "x.", 'x = "', "x = '''", 'x = f"{', 'x = f"{x', "x = f'a{x!", "x = x +",
    "x ==", "if x", "if x:", "while", "for a in", "for a in x", "with open(", "with open() as", "try:", "def inner(",
    "def inner(a):", "class Inner", "class Inner:", "lambda", "x = lambda:", "return (self", "import",
    "from x import", "from x import (a,", "@", "@x", "raise", "raise X(", "assert", "del", "global", "a b c", "=",
    ")", "<<<<<<< HEAD", ">>>>>>> theirs", "=======", "x = 1 if", "x: ", "[a for", "print(x, *", "else", "except",
    "\\", "0x", "]]", "1.e", "x = y = ", "match x:", "case 1:", "x := 2", "é = «", "\t x", "not", "x = not",
    "if True: (", 'x = """doc',
]  # fmt: skip


def verdicts(report: FileReport, text: str) -> dict[str, str]:
    lines = text.split("\n")
    return {lines[s.span.line - 1][s.span.col : s.span.end_col]: s.verdict.value for s in report.sites}


@pytest.mark.parametrize("half", HALVES)
def test_everything_around_a_half_typed_statement_keeps_its_verdict(tmp_path: Path, half: str) -> None:
    path = tmp_path / "store.py"
    workspace = Workspace([tmp_path], cache=False)
    whole = SOURCE.replace("HALF", "x = 2")
    workspace.set_text(path, whole)
    assert verdicts(workspace.report(path), whole) == WHOLE
    text = SOURCE.replace("HALF", half)
    workspace.set_text(path, text)
    assert verdicts(workspace.report(path), text) == WHOLE


@pytest.mark.parametrize(
    "half", ["await sw(", "await", "x = await self.", "async with", "async for x in", "async with x as"]
)
def test_a_half_typed_await_may_switch(tmp_path: Path, half: str) -> None:
    """It has no hint of its own, but nobody who awaits the function is told that it is inline."""
    path = tmp_path / "store.py"
    text = SOURCE.replace("HALF", half)
    workspace = Workspace([tmp_path], cache=False)
    workspace.set_text(path, text)
    report = workspace.report(path)
    found = verdicts(report, text)
    assert found["await Store(1).idle(2)"] == "may switch"
    assert found["await self.rest()"] == "inline"
    line = text[: text.index(half)].count("\n") + 1
    assert not [site for site in report.sites if site.span.line == line]
    assert [problem.line for problem in report.problems]
    assert any(first <= line <= last for first, last in report.unread)


CLAUSES = """\
async def quick(): pass

@wrapped
async def main(x):
    await quick()  # 1
    match x:
        case 1:
            await quick()  # 2
        case {"a": 2}:
            HALF1
            await quick()  # 3
        HALF2
            await quick()  # 4
        case _:
            await quick()  # 5
    try:
        await quick()  # 6
    HALF3
        await quick()  # 7
    except OSError:
        HALF4
        await quick()  # 8
    if x:
        await quick()  # 9
    HALF5
        await quick()  # 10
    else:
        await quick()  # 11
    HALF6
        case 1:
            await quick()  # 12
    await quick()  # 13

HALF7
async def after():
    await quick()  # 14
"""
WHOLES = ["x = 1", "case [a, b]:", "except ValueError:", "x = 1", "elif x:", "match x:", "@wrapped"]
BROKEN_CLAUSES = [
    *((1, half) for half in HALVES if half != "\t x"),
    (1, "case"),
    *((2, half) for half in ("ca", "case", "case {", "case [a, ", "case (1 |", "case x if", 'case "', "case A(b=")),
    *((3, half) for half in ("exc", "except", "except (", "except ValueError as", "else")),
    *((4, half) for half in ("@", "@x(", ")", "else:", "finally", "except*", "elif")),
    *((5, half) for half in ("el", "elif", "elif (", "elif x ==", "elif x.")),
    *((6, half) for half in ("mat", "match", "match x, (y", 'match "a', "match x.")),
    *((7, half) for half in ("@", "@x(", "@x.", '@x("', "@(yield", "@x(1,")),
]


@pytest.mark.parametrize(("place", "half"), BROKEN_CLAUSES)
def test_a_broken_clause_or_decorator_costs_no_other_place(tmp_path: Path, place: int, half: str) -> None:
    """Nothing of it is kept from before: every other place is read although this one cannot be."""
    path = tmp_path / "clauses.py"
    workspace = Workspace([tmp_path], cache=False)
    text = CLAUSES
    for number, whole in enumerate(WHOLES, 1):
        text = text.replace(f"HALF{number}", half if number == place else whole)
    workspace.set_text(path, text)
    report = workspace.report(path)
    lines = text.split("\n")
    assert [lines[site.span.line - 1].partition("# ")[2] for site in report.sites] == [str(n) for n in range(1, 15)]


def test_words_in_strings_and_comments_await_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.py"
    workspace = Workspace([tmp_path], cache=False)
    for half in ('x y "await me"', "x y  # await me", "x y '''await me'''"):
        text = SOURCE.replace("HALF", half)
        workspace.set_text(path, text)
        assert verdicts(workspace.report(path), text) == WHOLE


def test_a_name_that_is_unread_is_not_resolved(tmp_path: Path) -> None:
    text = "async def load(a b c:\n    pass\n\nasync def main():\n    await load()\n"
    workspace = Workspace([tmp_path], cache=False)
    workspace.set_text(tmp_path / "m.py", text)
    report = workspace.report(tmp_path / "m.py")
    reason = workspace.reason(report.sites[-1])
    assert report.sites[-1].verdict is Verdict.MAY_SWITCH
    assert reason is not None
    assert reason.unresolved is not None
    assert reason.unresolved.value == "code that does not parse"


def test_a_container_that_unread_code_mentions_holds_anything(tmp_path: Path) -> None:
    text = "async def quick(): pass\nALL = [quick]\nasync def main():\n    await ALL[0]()\ndef more():\n    HALF\n"
    workspace = Workspace([tmp_path], cache=False)
    for half, verdict in (("x y", Verdict.INLINE), ("ALL x", Verdict.MAY_SWITCH)):
        workspace.set_text(tmp_path / "m.py", text.replace("HALF", half))
        assert workspace.report(tmp_path / "m.py").sites[-1].verdict is verdict, half


def test_only_what_is_typed_is_judged_anew(tmp_path: Path) -> None:
    path = tmp_path / "store.py"
    workspace = Workspace([tmp_path], cache=False)
    workspace.set_text(path, SOURCE.replace("HALF", "x = 2"))
    workspace.report(path)
    judged: list[str] = []
    workspace._engine.on_compute = lambda key: judged.append(repr(key)) if key[0].name == "site_outcome" else None
    for half in ("y = ", "y = f", "y = f(", "y = f(1", "y = f(1) +", "y = f(1) + 2"):
        workspace.set_text(path, SOURCE.replace("HALF", half))
        workspace.report(path)
    assert judged
    assert not [key for key in judged if "name='idle'" not in key]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_any_line_cut_short_leaves_the_other_pieces_alone(path: Path) -> None:
    text = path.read_text("utf-8")
    lines = split_lines(text)
    whole = lay_out(text)
    keys = [piece.key for piece in whole.pieces]
    picked = random.Random(len(text))
    inside = [i for i, line in enumerate(lines) if line.startswith(" " * 8) and len(line.strip()) > 1]
    for index in picked.sample(inside, 25):
        line = lines[index].rstrip("\n")
        cut = line[: picked.randrange(len(line) - len(line.lstrip()) + 1, len(line))]
        layout = lay_out("".join([*lines[:index], cut + "\n", *lines[index + 1 :]]))
        here = {piece.key for piece in whole.pieces if piece.first <= index < piece.last}
        others = [piece.key for piece in layout.pieces if piece.broken is None and piece.key not in here]
        assert others == [key for key in keys if key not in here], (index, cut)
        for key, mended in layout.mended.items():
            span = next(piece for piece in layout.pieces if piece.key == key)
            assert len(split_lines(mended.text)) == span.last - span.first, (index, cut)


@pytest.mark.parametrize(
    "text",
    [
        "async def f():\n" + "".join(f"{' ' * n}if x:\n" for n in range(1, 3000)) + "(",
        "async def f():\n" + "    if x: (\n" * 3000,
        "async def f():\n" + "    x = '''\n" * 3001,
        "async def f(\n" * 2000,
        "async def f():\n    x = " + "(" * 100_000,
        "async def f():\n    x = " + "'" * 100_001 + "\n",
        "async def f():\n" + "    try:\n        x =\n" * 900,
        "class C:\n" + "    def f(self:\n        '''\n" * 900,
        "async def f():\n    match x:\n" + "        case (:\n            x\n" * 900,
        "async def f():\n    x\n" + "    )\n" * 1900,
        "async def f():\n" + "    if x:\n        y\n    except\n        z\n" * 450,
        "@(\n" * 1900 + "def f(): pass\n",
    ],
    ids=[
        *("deep", "wide", "strings", "heads", "brackets", "quotes", "tries", "members"),
        *("clauses", "closers", "orphans", "decorators"),
    ],
)
def test_hostile_text_is_taken_apart_in_time(text: str) -> None:
    began = time.process_time()
    assert lay_out(text).problems
    # Far above what it takes: what must not be is that it grows with the square.
    assert time.process_time() - began < 20
