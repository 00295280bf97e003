"""`switchpoint explain`: the hover, in a terminal."""

from __future__ import annotations

import re

import pytest

from cli.program import EXAMPLES, one_clear_line, run, shown
from switchpoint.cli import PLACE


def test_line() -> None:
    lines = shown("explain", f"{EXAMPLES / 'children.py'}:14").out.splitlines()
    assert lines[0].startswith("switchpoint: may switch — child() ")
    assert re.search(r"reaches asyncio\.(tasks\.)?sleep\b", lines[0])
    assert any("children.py:8 await asyncio.sleep(0)" in line for line in lines)
    assert lines[-1].startswith("Assumed: Python 3.")


@pytest.mark.parametrize("col", [13, 17, 20])
def test_column_on_the_keyword_or_in_what_is_awaited(col: int) -> None:
    out = shown("explain", f"{EXAMPLES / 'cache.py'}:16:{col}").out
    assert out.startswith("switchpoint: inline — self.forget(key) ")


def test_async_with_tells_of_both_ends() -> None:
    out = shown("explain", f"{EXAMPLES / 'cache.py'}:15").out
    assert "entering self.lock" in out
    assert "leaving it never reaches the event loop" in out


def test_function() -> None:
    assert "child" in shown("explain", f"{EXAMPLES / 'children.py'}:6").out.splitlines()[0]


def test_json() -> None:
    whole = shown("explain", f"{EXAMPLES / 'children.py'}:14", "--format", "json").json
    assert whole["version"] == 1
    (hover,) = whole["hovers"]
    assert (hover["line"], hover["col"]) == (14, 4)
    assert hover["text"][0].startswith("switchpoint: may switch")


@pytest.mark.parametrize(
    "place", ["children.py", "children.py:", "children.py:1", "children.py:9999", "missing.py:3", ".:1"]
)
def test_nothing_there_is_one_clear_line(place: str) -> None:
    assert one_clear_line(run("explain", place, cwd=EXAMPLES))


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("children.py", "expected FILE:LINE or FILE:LINE:COL, such as children.py:12"),
        ("children.py:1", "nothing there can switch; the nearest place to ask about is line 6: async def child():"),
        ("children.py:999", "the file has 19 lines"),
        ("children.py:0", "lines and columns count from 1"),
        ("missing.py:3", "missing.py: there is no such file or folder"),
    ],
)
def test_nothing_there_says_why_and_where_else(place: str, said: str) -> None:
    assert said in run("explain", place, cwd=EXAMPLES).err


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a.py:7", ("a.py", "7", None)),
        ("a.py:7:4", ("a.py", "7", "4")),
        (r"C:\code\a.py:7", (r"C:\code\a.py", "7", None)),
        (r"C:\code\a.py:7:4", (r"C:\code\a.py", "7", "4")),
        ("/with:colon/a.py:7", ("/with:colon/a.py", "7", None)),
    ],
)
def test_places(text: str, parts: tuple[str, str, str | None]) -> None:
    match = PLACE.fullmatch(text)
    assert match is not None
    assert match.group("file", "line", "col") == parts
