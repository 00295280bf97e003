"""A text read for refactoring: its tree, with parents, in lines and code points.

In: text. Out: a `Source`, or None for what does not parse. This module must not know the analysis nor LibCST.
"""

from __future__ import annotations

import ast
import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from switchpoint.analysis import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

N = TypeVar("N", bound=ast.AST)
Scope = ast.AsyncFunctionDef | ast.FunctionDef | ast.Lambda | ast.ClassDef | ast.Module
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Source:
    """One text. `lines` keep their ends; `parents` has every node but the module."""

    text: str
    lines: list[str]
    tree: ast.Module
    parents: dict[ast.AST, ast.AST]

    def span(self, node: ast.expr | ast.stmt) -> Span:
        """Where a node stands; the tree counts columns in UTF-8."""
        end_line, end_col = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        start = self._col(node.lineno, node.col_offset)
        return Span(node.lineno, start, end_line, self._col(end_line, end_col))

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, innermost first."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def scope_of(self, node: ast.AST) -> Scope:
        """The function, class or module around a node."""
        return next(each for each in self.above(node) if isinstance(each, Scope))

    def statement_of(self, node: ast.AST) -> ast.stmt:
        """The statement that a node is or belongs to."""
        if isinstance(node, ast.stmt):
            return node
        return next(each for each in self.above(node) if isinstance(each, ast.stmt))

    def innermost(self, kind: type[N], place: Place) -> N | None:
        """The smallest node of a kind around a place, its end included."""
        found: list[tuple[Span, N]] = []
        for node in ast.walk(self.tree):
            if isinstance(node, kind) and isinstance(node, ast.expr | ast.stmt):
                span = self.span(node)
                if (span.line, span.col) <= place <= (span.end_line, span.end_col):
                    found.append((span, node))
        return (
            max(found, key=lambda one: (one[0].line, one[0].col, -one[0].end_line, -one[0].end_col))[1]
            if found
            else None
        )

    def at(self, kind: type[N], span: Span) -> N | None:
        """The node of a kind that stands exactly there."""
        for node in ast.walk(self.tree):
            if isinstance(node, kind) and isinstance(node, ast.expr | ast.stmt) and self.span(node) == span:
                return node
        return None

    def _col(self, line: int, offset: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        if text.isascii():
            return offset
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "ignore"))


def read(text: str) -> Source | None:
    """The text as a tree; None where it does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    return Source(text, split(text), tree, parents)


def compiles(text: str) -> bool:
    """Whether Python takes a text, in a notebook's cell too. Nothing of it is run."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<refactored>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def split(text: str) -> list[str]:
    """Lines as Python's tokenizer counts them, with their ends."""
    return io.StringIO(text, newline="").readlines()
