"""Open texts are spliced in place, and stay what the editor has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from switchpoint.features.edits import Edit
from switchpoint.lsp.modules import cell_lines, open_file, open_notebook, set_cells, splice, split
from switchpoint.lsp.pages import to_edit
from switchpoint.lsp.units import Encoding, to_code_points, to_units

TEXT = st.text(alphabet="ab\n\r\u2028\x0c😀", max_size=40)
ENCODINGS: list[Encoding] = ["utf-8", "utf-16", "utf-32"]


def place_of(text: str, offset: int) -> tuple[int, int]:
    lines = split(text[:offset])
    return (len(lines), len(lines[-1]))


@given(TEXT)
def test_lines_are_the_text(text: str) -> None:
    lines = split(text)
    assert "".join(lines) == text
    assert len(lines) == 1 + text.count("\n") + text.count("\r") - text.count("\r\n")


@given(TEXT, TEXT, st.data())
def test_an_edit_in_place_is_an_edit_of_the_text(text: str, new: str, data: st.DataObject) -> None:
    offsets = st.integers(0, len(text)).filter(lambda at: text[at - 1 : at + 1] != "\r\n")
    first, second = sorted((data.draw(offsets), data.draw(offsets)))
    lines = split(text)
    splice(lines, Edit(place_of(text, first), place_of(text, second), new))
    assert lines == split(text[:first] + new + text[second:])


@given(TEXT, TEXT)
def test_a_whole_text_becomes_the_smallest_edit(old: str, new: str) -> None:
    module = open_file("a", "/a.py", 0, old)
    edit = to_edit(module, module.cells[0], types.TextDocumentContentChangeWholeDocument(text=new), "utf-16")
    if edit is None:
        assert old == new
    else:
        module.apply(edit)
    assert "".join(module.lines) == new
    assert module.cells[0].count == len(module.lines)


def test_a_small_change_stays_small() -> None:
    old = "".join(f"line {number}\r\n" for number in range(100))
    module = open_file("a", "/a.py", 0, old)
    change = types.TextDocumentContentChangeWholeDocument(text=old.replace("line 50", "line fifty"))
    assert to_edit(module, module.cells[0], change, "utf-16") == Edit((51, 5), (51, 7), "fifty")


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(line=st.text(alphabet="a\té😀𝒙数", max_size=20), col=st.integers(0, 20))
def test_columns_come_back(encoding: Encoding, line: str, col: int) -> None:
    col = min(col, len(line))
    assert to_code_points(line + "\r\n", to_units(line, col, encoding), encoding) == col


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_column_beyond_the_line_is_its_end(encoding: Encoding) -> None:
    assert to_code_points("abé\r\n", 99, encoding) == 3
    assert to_code_points("abé\r\n", -1, encoding) == 0


def test_cells_are_one_module() -> None:
    module = open_notebook("n", "/n.ipynb.py", 0, [("one", "a = 1\nb = 2"), ("two", "%time x\nc = 3\n"), ("three", "")])
    assert module.text() == "a = 1\nb = 2\n#time x\nc = 3\n\n\n"
    assert [(cell.uri, cell.first, cell.count) for cell in module.cells] == [
        ("one", 0, 2),
        ("two", 2, 3),
        ("three", 5, 1),
    ]
    module.apply(Edit((2, 5), (2, 5), "\nd = 4"))
    assert [(cell.first, cell.count) for cell in module.cells] == [(0, 3), (3, 3), (6, 1)]
    set_cells(module, [("two", cell_lines("c = 3")), ("one", cell_lines("a = 1"))])
    assert module.text() == "c = 3\na = 1\n"
    assert module.cell_at(1) == module.cell("one")
