"""What the observer counts, place by place, on whole programs whose comments say it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from switchpoint.observer import content_hash

PROGRAMS = Path(__file__).with_name("programs")
_CLAIM = re.compile(r"(await|enter|exit|next) (\d+) of (\d+)")

Counts = dict[int, list[tuple[str, int, int]]]


def _said(text: str) -> Counts:
    comments = ((number, line.rpartition("#")[2]) for number, line in enumerate(text.splitlines(), 1) if "#" in line)
    claims = ((number, _CLAIM.findall(comment)) for number, comment in comments)
    return {
        number: sorted((kind, int(switched), int(ran)) for kind, switched, ran in found)
        for number, found in claims
        if found
    }


@pytest.mark.parametrize("name", ["kinds.py", "switches.py"])
def test_every_site_is_counted_where_it_stands(name: str, python: str, run: Callable) -> None:
    path = PROGRAMS / name
    done = run(python, path)
    assert (done.code, done.err) == (0, "")
    by_line: Counts = {}
    for (kind, line, _), (switched, ran) in done.seen(path).items():
        by_line.setdefault(line, []).append((kind, switched, ran))
    assert {line: sorted(found) for line, found in by_line.items()} == _said(path.read_text())


COLUMNS = """\
async def plain(): pass
async def main():
    'äöü𝄞'; await plain(); "é"; await plain()
\tasync_ = [x async for x in y()]
async def y():
    yield 1
try: main().send(None)
except StopIteration: pass
""".replace("\tasync_", "    'ß'; async_")


@pytest.mark.parametrize(
    ("encoding", "newline"), [("utf-8", "\n"), ("utf-8-sig", "\r\n"), ("latin-1", "\n"), ("utf-8", "\r")]
)
def test_columns_are_code_points(encoding: str, newline: str, python: str, run: Callable, tmp_path: Path) -> None:
    text = COLUMNS if encoding != "latin-1" else f"# coding: {encoding}\n{COLUMNS}".replace("𝄞", "")
    path = tmp_path / "columns.py"
    path.write_bytes(text.replace("\n", newline).encode(encoding))
    done = run(python, path)
    assert (done.code, done.err) == (0, "")
    lines = text.split("\n")
    found = {lines[line - 1][col : col + 5] for kind, line, col in done.seen(path) if kind == "await"}
    awaits = [col for kind, _, col in sorted(done.seen(path)) if kind == "await"]
    line = next(line for line in lines if "äöü" in line)
    assert found == {"await"}
    assert awaits == [line.index("await"), line.rindex("await")]
    assert [col for kind, _, col in done.seen(path) if kind == "next"] == [4 + len("'ß'; async_ = ")]


@pytest.mark.parametrize("column", range(3))
def test_items_of_one_block_keep_apart(column: int, python: str, run: Callable, program: Callable) -> None:
    names = ["Quiet()"] * 3
    names[column] = "Loud()"
    path = program(
        "import types\n"
        "@types.coroutine\ndef trap(): yield\n"
        "class Quiet:\n    async def __aenter__(self): pass\n    async def __aexit__(self, *error): pass\n"
        "class Loud:\n    async def __aenter__(self): await trap()\n"
        "    async def __aexit__(self, *error): await trap()\n"
        f"async def main(fail):\n    try: 1\n    finally:\n        async with {', '.join(names)}: 1 / fail\n"
        f"async def copied(fail):\n    try: 1 / fail\n    finally:\n        async with {', '.join(names)}: return 1\n"
        "for coroutine in main(1), main(0), copied(1), copied(0):\n"
        "    try:\n        while True: coroutine.send(None)\n"
        "    except (StopIteration, ZeroDivisionError): pass\n"
    )
    done = run(python, path)
    assert (done.code, done.err) == (0, "")
    lines = path.read_text().splitlines()
    switched = {
        (kind, lines[line - 1][col : col + 4])
        for (kind, line, col), counts in done.seen(path).items()
        if counts == (2, 2) and kind != "await"
    }
    still = {
        (kind, lines[line - 1][col : col + 5])
        for (kind, line, col), counts in done.seen(path).items()
        if counts == (0, 2)
    }
    assert switched == {("enter", "Loud"), ("exit", "Loud")}
    assert still == {("enter", "Quiet"), ("exit", "Quiet")}
    assert len(done.seen(path)) == 14


def test_a_site_stops_costing_after_enough(python: str, run: Callable, program: Callable) -> None:
    path = program(
        "import types\n"
        "@types.coroutine\ndef trap(): yield\n"
        "async def plain(last): return (await trap()) if last else 0\n"
        "async def main():\n"
        "    for number in range(20_000): await plain(number == 19_999)\n"
        "    for number in range(5_000): await trap()\n"
        "coroutine = main()\n"
        "try:\n    while True: coroutine.send(None)\nexcept StopIteration: pass\n"
    )
    counts = {line: found for (_, line, _), found in run(python, path).seen(path).items()}
    assert counts == {4: (1, 1), 6: (1, 10_000), 7: (1_000, 1_000)}


def test_a_changed_file_is_not_answered_for(python: str, run: Callable, program: Callable) -> None:
    path = program("async def f(): await g()\nasync def g(): pass\ntry: f().send(None)\nexcept StopIteration: pass\n")
    done = run(python, path)
    now = content_hash(path.read_bytes())
    assert done.observed.lookup(path, "await", 1, 15, now) == (0, 1)
    assert done.observed.lookup(path, "await", 1, 15, content_hash(b"other")) is None
    assert run(python, path).observed.lookup(path, "await", 1, 15, now) == (0, 2)
    path.write_text(path.read_text() + "# changed\n")
    assert run(python, path).observed.lookup(path, "await", 1, 15, content_hash(path.read_bytes())) == (0, 1)
