"""Text to syntax tree, also where the Python that runs the analysis is older than the code.

In: a text. Out: its tree. An older parser does not know type parameters (PEP 695, Python 3.12): it is given a text
of the same lines and columns without them, and with plain assignments for `type` statements; no site can stand there.
This module must not know what a tree is made into.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings

_NAMED = re.compile(r"^[ \t]*(?:(?:async[ \t]+)?def|class|type)[ \t]+\w+[ \t]*(?=\[)", re.M)
_ALIAS = re.compile(r"^([ \t]*)type([ \t]+)(\w+)(?=[ \t\\]*(?:\n[ \t\\]*)*=[^=])", re.M)


def parse(source: str) -> ast.Module:
    """`ast.parse` without the warnings that CPython gives for user code. Raises what `ast.parse` raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except SyntaxError:
            older = source if sys.version_info >= (3, 12) else without_type_parameters(source)
            if older == source:
                raise
            return ast.parse(older)


def without_type_parameters(text: str) -> str:
    """The text as an older parser can read it; the very same where it has no type parameters."""
    parts: list[str] = []
    done = 0
    for named in _NAMED.finditer(text):
        if named.end() >= done:
            end = _closing(text, named.end())
            parts += (text[done : named.end()], _blank(text[named.end() : end]))
            done = end
    return _ALIAS.sub(r"\1\3    \2", "".join((*parts, text[done:])))


def _closing(text: str, start: int) -> int:
    """Where the bracket that opens at `start` has been closed."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] in "([{") - (text[place] in ")]}")
        if not depth:
            return place + 1
    return start


def _blank(text: str) -> str:
    """Blanks, in as many lines as the text has: lines that brackets held together are continued by hand."""
    *lines, last = text.split("\n")
    return "".join(" " * (len(line) - 1) + "\\\n" for line in lines) + " " * len(last)
