"""Columns: code points inside, the client's units outside.

In: a line of text and a column. Out: the column in the other unit. This module must not know documents or messages.
"""

from __future__ import annotations

from typing import Literal

Encoding = Literal["utf-8", "utf-16", "utf-32"]

_CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2)}


def to_code_points(line: str, units: int, encoding: Encoding) -> int:
    """A client's column in code points; beyond the line's content it is the end of the content."""
    content = line.rstrip("\r\n")
    if encoding == "utf-32" or content.isascii():
        return max(0, min(units, len(content)))
    codec, size = _CODECS[encoding]
    head = content.encode(codec, "surrogatepass")[: max(0, units) * size]
    return len(head.decode(codec, "ignore"))


def to_units(line: str, col: int, encoding: Encoding) -> int:
    """A column in code points in the client's units."""
    head = line[:col]
    if encoding == "utf-32" or head.isascii():
        return len(head)
    codec, size = _CODECS[encoding]
    return len(head.encode(codec, "surrogatepass")) // size
