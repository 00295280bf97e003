"""What text is read from a file, and what is said when there is none."""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path

import pytest

from files.layouts import is_root
from switchpoint.analysis.files import content_key, decode_source, read_source


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        ("x = 'ä🎉'\n".encode(), "x = 'ä🎉'\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        (b"\xef\xbb\xbf# coding: utf-8\nx = 1\n", "# coding: utf-8\nx = 1\n"),
        (b"a = 1\r\nb = 2\r\n", "a = 1\r\nb = 2\r\n"),
        (b"a = 1\rb = 2\r", "a = 1\rb = 2\r"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe4'\n", "# -*- coding: latin-1 -*-\nx = 'ä'\n"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\n", None),
        (b"# coding: latin-1\rx = '\xe4'\r", "# coding: latin-1\rx = 'ä'\r"),
    ],
)
def test_text_is_what_python_would_decode(tmp_path: Path, data: bytes, text: str | None) -> None:
    (tmp_path / "a.py").write_bytes(data)
    source = read_source(tmp_path / "a.py")
    assert source.problem is None
    assert source.text is not None
    assert source.text == (text if text is not None else data.decode("cp1252"))
    assert ast.dump(ast.parse(source.text)) == ast.dump(ast.parse(data))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"x = 1\nab\r\n\xff\n", "byte 0xff on line 3 is not valid utf-8"),
        (b"# coding: ascii\n\xe4\n", "byte 0xe4 on line 2 is not valid"),
        (b"a\0b", "NUL bytes"),
        ("x = 1".encode("utf-16"), "NUL bytes"),
        (b"# coding: nothing-like-it\n", "nothing-like-it"),
        (b"# coding: hex\n", "hex"),
        (b"# coding: punycode\n", "punycode"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "encoding"),
    ],
)
def test_bytes_that_are_no_source(data: bytes, problem: str) -> None:
    source = decode_source(data)
    assert source.text is None
    assert problem in (source.problem or "")
    assert "\n" not in (source.problem or "")


@pytest.mark.parametrize("size", [8 * 2**20, 8 * 2**20 + 1])
def test_a_file_over_the_limit_is_not_read(tmp_path: Path, size: int) -> None:
    (tmp_path / "a.py").write_bytes(b"\n" * size)
    source = read_source(tmp_path / "a.py")
    if size == 8 * 2**20:
        assert source.problem is None
    else:
        assert source.problem == "is larger than 8 MB, which is not read"


def test_what_is_not_there_or_not_a_file(tmp_path: Path) -> None:
    assert read_source(tmp_path / "gone.py").problem == "does not exist (any more)"
    assert read_source(tmp_path).problem == "is a folder, not a file"
    assert read_source(tmp_path / "a\0b.py").problem == "cannot be read: its path is not valid on this system"
    assert read_source(Path(os.devnull)).problem == "is not a regular file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.py")
    assert read_source(tmp_path / "a.py").problem == "is not a regular file"


@pytest.mark.skipif(sys.platform == "win32" or is_root(), reason="permissions do not bind this user")
def test_a_file_without_permission(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch(mode=0)
    assert read_source(tmp_path / "a.py").problem == "cannot be read: permission denied"


def test_keys_are_the_contents(tmp_path: Path) -> None:
    assert content_key("a") == content_key("a") != content_key("b")
    assert content_key("\ud800") != content_key("")
