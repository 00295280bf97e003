"""An edited text, laid out from the one before, gives the layout of all of it, and parses only what was edited."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from switchpoint.analysis.ir import relayout
from switchpoint.analysis.ir.layout import Layout, lay_out

LIBRARY = Path(asyncio.__file__).parent
FILES = (LIBRARY / "tasks.py", LIBRARY / "streams.py", LIBRARY / "locks.py", LIBRARY.parent / "bdb.py")
TYPED = (
    "x = 1\n", "    y = 2\n", "def f():\n    pass\n", "\n", "# c\n", "@dec\n", "else:\n    pass\n", "    elif x:\n",
    '"""doc\ntext\n"""\n', "class C:\n    a = 1\n    def m(self): self.x = 1\n",
    "    def g(self):\n        self.z = 3\n", "    global q\n", "  odd = 1\n", "\\\n", "setattr(a, 'b', 1)\n",
    "        z = (\n", ")\n", "'''\n", "    '''doc'''\n", "    class D:\n        pass\n", "a = 1; b = 2\n",
    "\tt = 1\n", "\r", "\ufeff", "'doc'; c = 1\n", "        return 1\n",
)  # fmt: skip
CODE = '''\
"""A module
with text.
"""
import a

class Empty:
    """Only text."""

class C:
    """Text."""

    first = 1

    @decorated
    async def m(self):
        await self.n()

    async def n(self): pass

    async def n(self): pass

def f(): pass
x = 1; y = 2
def f(): pass
'''


def _edited(rnd: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    here, there = rnd.randrange(len(lines) + 1), rnd.randrange(len(lines) + 1)
    match rnd.randrange(4):
        case 0:
            lines[here:here] = [rnd.choice(TYPED)]
        case 1:
            del lines[here : here + rnd.randrange(1, 4)]
        case 2:
            lines[here:here] = lines[there : there + rnd.randrange(20)]
        case _:
            line = lines[here - 1]
            column = rnd.randrange(len(line) + 1)
            lines[here - 1] = line[:column] + rnd.choice("x =(:\"#'\\\n") + line[column:]
    return "".join(lines)


@pytest.mark.parametrize(
    "text", [CODE, *(path.read_text("utf-8") for path in FILES)], ids=["code", *(p.stem for p in FILES)]
)
def test_any_edit_gives_the_layout_of_the_whole_text(text: str) -> None:
    rnd = random.Random(len(text))
    known = lay_out(text)
    taken = 0
    for _ in range(600 if text == CODE else 40):
        new = _edited(rnd, text)
        whole = lay_out(new)
        found = relayout.edited(text, known, new)
        assert found is None or (found == whole and list(found.outlines) == list(whole.outlines)), new
        taken += found is not None
        if not whole.problems and rnd.random() < 0.8:
            text, known = new, whole
    assert taken


def _parsed(old: str, known: Layout, new: str) -> tuple[Layout | None, list[int]]:
    """The layout of the new text, and how many lines were parsed each time."""
    sizes: list[int] = []
    real = relayout.parse

    def counted(source: str):
        sizes.append(source.count("\n"))
        return real(source)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relayout, "parse", counted)
        return relayout.edited(old, known, new), sizes


def test_an_edit_of_a_member_parses_its_neighbourhood() -> None:
    members = "".join(f"    async def m{i}(self):\n        await self.m{i}()\n\n" for i in range(2000))
    text = f"class C:\n{members}\nasync def f(): pass\n"
    new = text.replace("await self.m1000()", "await self.m1()")
    found, sizes = _parsed(text, lay_out(text), new)
    assert found == lay_out(new)
    assert sizes
    assert sum(sizes) < 20


def test_an_edit_of_a_function_parses_its_neighbourhood() -> None:
    text = "".join(f"async def f{i}():\n    await f{i}()\n\n" for i in range(2000))
    new = text.replace("await f1000()", "await f1()\n    await f2()")
    found, sizes = _parsed(text, lay_out(text), new)
    assert found == lay_out(new)
    assert sizes
    assert sum(sizes) < 20
