"""Source is rewritten here, with LibCST, so that comments and layout stay. The only module that knows the library.

In: a source and the changes to make, each told by where it stands. Out: text edits. Only the statements around a
change are parsed again, since the whole file would be slow. This module must not know why a change is made.
"""

from __future__ import annotations

import ast
import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider
from typing_extensions import assert_never

from switchpoint.analysis import Span
from switchpoint.refactor.proposals import Refusal, Refused, TextEdit
from switchpoint.refactor.reading import Source, split

if TYPE_CHECKING:
    from collections.abc import Sequence


N = TypeVar("N", bound=cst.CSTNode)


@dataclass(frozen=True, slots=True)
class StartTask:
    """The await at `span`, a statement, becomes a call of `starter`, kept in `name` unless that is ""."""

    span: Span
    starter: str
    name: str


@dataclass(frozen=True, slots=True)
class AwaitArgument:
    """The call at `span` becomes an await of its argument; with `alone`, the assignment around it goes."""

    span: Span
    alone: bool


@dataclass(frozen=True, slots=True)
class TakeArgument:
    """The call at `span` becomes its argument."""

    span: Span


@dataclass(frozen=True, slots=True)
class TakeAwaited:
    """The await at `span` becomes what it awaits."""

    span: Span


@dataclass(frozen=True, slots=True)
class DropStatement:
    """The await at `span`, a statement, goes; its comments stay."""

    span: Span


@dataclass(frozen=True, slots=True)
class DropAsync:
    """The `async` at `span` goes."""

    span: Span


Change = StartTask | AwaitArgument | TakeArgument | TakeAwaited | DropStatement | DropAsync


def rewritten(source: Source, changes: Sequence[Change]) -> tuple[TextEdit, ...]:
    """The edits that make all changes, in order. Raises `Refused` where the source would not be kept whole."""
    edits: list[TextEdit] = []
    for first, last in _stretches(source, changes):
        inside = [change for change in changes if first <= change.span.line <= last]
        edits += _edits(source.lines, first, last, _rewrite(source.lines[first - 1 : last], first, inside))
    return tuple(edits)


def _stretches(source: Source, changes: Sequence[Change]) -> list[tuple[int, int]]:
    """Lines of whole statements, none overlapping."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(_stretch(source, change) for change in changes):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _stretch(source: Source, change: Change) -> tuple[int, int]:
    """The smallest statement around a change that can be parsed by itself: it begins its line, and not as an `elif`.

    For a statement that goes it is the one around it, in which something else may be left.
    """
    span = change.span
    best = (1, len(source.lines))
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.stmt):
            continue
        place = source.span(node)
        first = min([place.line, *(one.lineno for one in getattr(node, "decorator_list", []))])
        if (first, 0) > (span.line, span.col) or (place.end_line, place.end_col) < (span.end_line, span.end_col):
            continue
        line = source.lines[place.line - 1]
        begins = not line[: place.col].strip() and not line[place.col :].startswith("elif")
        if begins and not (isinstance(change, DropStatement) and place == span):
            best = min(best, (first, place.end_line), key=lambda lines: lines[1] - lines[0])
    return best


def _rewrite(lines: list[str], first: int, changes: Sequence[Change]) -> str:
    """Indented statements are parsed below a head, which counts as the line before them."""
    text = "".join(lines)
    head = "if 1:\n" if lines[0][:1] in " \t\f" else ""
    try:
        wrapper = MetadataWrapper(cst.parse_module(head + text), unsafe_skip_copy=True)
        positions = wrapper.resolve(PositionProvider)
        editor = _Editor(cast("dict[cst.CSTNode, CodeRange]", positions), first - 1 - len(split(head)), changes)
        new = wrapper.module.visit(editor)
    except (cst.ParserSyntaxError, cst.CSTValidationError, UnicodeError, RecursionError) as error:
        raise Refused(Refusal.NOT_EDITABLE) from error
    if editor.pending or _comments(wrapper.module) != _comments(new):
        raise Refused(Refusal.NOT_EDITABLE)
    if not _parses(new.code):
        raise Refused(Refusal.NOT_EDITABLE)
    return new.code.removeprefix(head)


def _parses(text: str) -> bool:
    """As CPython reads it, which is what counts."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


class _Editor(cst.CSTTransformer):
    def __init__(self, positions: dict[cst.CSTNode, CodeRange], moved: int, changes: Sequence[Change]) -> None:
        super().__init__()
        self._positions = positions
        self._moved = moved
        self.pending = {change.span: change for change in changes}
        self._statements: dict[cst.CSTNode, Change] = {}

    def leave_Await(self, original_node: cst.Await, updated_node: cst.Await) -> cst.BaseExpression:
        change = self._take(original_node)
        match change:
            case None | DropAsync() | AwaitArgument() | TakeArgument():
                return updated_node
            case StartTask():
                starter = cst.parse_expression(change.starter)
                return cst.Call(starter, [cst.Arg(updated_node.expression)], updated_node.lpar, updated_node.rpar)
            case TakeAwaited() | DropStatement():
                return _inside(updated_node, updated_node.expression)
            case _:
                assert_never(change)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        change = self._take(original_node)
        if not isinstance(change, AwaitArgument | TakeArgument):
            return updated_node
        argument = updated_node.args[0].value
        if isinstance(change, TakeArgument):
            return _inside(updated_node, argument)
        if not isinstance(argument, cst.Call | cst.Name | cst.Attribute | cst.Subscript):
            argument = cst.ensure_type(argument, cst.BaseExpression).with_changes(
                lpar=[cst.LeftParen(), *argument.lpar], rpar=[*argument.rpar, cst.RightParen()]
            )
        return cst.Await(argument, lpar=updated_node.lpar, rpar=updated_node.rpar)

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        if original_node.asynchronous is None or self._take(original_node.asynchronous) is None:
            return updated_node
        return updated_node.with_changes(asynchronous=None)

    def leave_Expr(
        self, original_node: cst.Expr, updated_node: cst.Expr
    ) -> cst.BaseSmallStatement | cst.RemovalSentinel:
        change = self._statements.get(original_node.value)
        if isinstance(change, DropStatement):
            return cst.Pass(semicolon=updated_node.semicolon)
        if isinstance(change, StartTask) and change.name:
            target = cst.AssignTarget(cst.Name(change.name))
            return cst.Assign([target], updated_node.value, semicolon=updated_node.semicolon)
        return updated_node

    def leave_Assign(self, original_node: cst.Assign, updated_node: cst.Assign) -> cst.BaseSmallStatement:
        change = self._statements.get(original_node.value)
        if isinstance(change, AwaitArgument) and change.alone:
            return cst.Expr(updated_node.value, semicolon=updated_node.semicolon)
        return updated_node

    def leave_IndentedBlock(self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock) -> cst.BaseSuite:
        """What was dropped leaves no `pass` where anything else stands."""
        dropped = [self._is_dropped(line) for line in original_node.body]
        if not any(dropped) or all(dropped):
            return updated_node
        return updated_node.with_changes(body=_without(updated_node.body, dropped))

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        """At the top a cell of a notebook awaits, too."""
        dropped = [self._is_dropped(line) for line in original_node.body]
        if not any(dropped) or all(dropped):
            return updated_node
        return updated_node.with_changes(body=_without(updated_node.body, dropped))

    def _is_dropped(self, line: cst.CSTNode) -> bool:
        """A line of nothing else, without comments that would go with it."""
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1 or _comments(line):
            return False
        only = line.body[0]
        return isinstance(only, cst.Expr) and isinstance(self._statements.get(only.value), DropStatement)

    def _take(self, node: cst.CSTNode) -> Change | None:
        place = self._positions[node]
        start, end, moved = place.start, place.end, self._moved
        change = self.pending.pop(Span(start.line + moved, start.column, end.line + moved, end.column), None)
        if change is not None:
            self._statements[node] = change
        return change


def _without(body: Sequence[N], dropped: list[bool]) -> list[N]:
    """The lines that stay; blank lines above a dropped one go with it."""
    return [line for line, is_dropped in zip(body, dropped, strict=True) if not is_dropped]


def _inside(outer: cst.BaseExpression, inner: cst.BaseExpression) -> cst.BaseExpression:
    """`inner` in place of `outer`, in the parentheses of both."""
    return inner.with_changes(lpar=[*outer.lpar, *inner.lpar], rpar=[*inner.rpar, *outer.rpar])


class _Comments(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def visit_Comment(self, node: cst.Comment) -> None:
        self.found.append(node.value)


def _comments(node: cst.CSTNode) -> list[str]:
    visitor = _Comments()
    node.visit(visitor)
    return visitor.found


def _edits(lines: list[str], first: int, last: int, new: str) -> list[TextEdit]:
    """The fewest whole lines that differ, and of those only what differs."""
    old, other = lines[first - 1 : last], split(new)
    edits: list[TextEdit] = []
    for tag, low, high, start, end in difflib.SequenceMatcher(None, old, other, autojunk=False).get_opcodes():
        if tag != "equal":
            edits += _line_edits(old[low:high], other[start:end], first + low)
    return edits


def _line_edits(old: list[str], new: list[str], line: int) -> list[TextEdit]:
    if len(old) == len(new):
        return [
            edit for number, pair in enumerate(zip(old, new, strict=True)) for edit in _trimmed(*pair, line + number)
        ]
    return [TextEdit(Span(line, 0, line + len(old), 0), "".join(new))]


def _trimmed(old: str, new: str, line: int) -> list[TextEdit]:
    """One edit for what differs within a line."""
    if old == new:
        return []
    start = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    back = 0
    while back < min(len(old), len(new)) - start and old[-1 - back] == new[-1 - back]:
        back += 1
    return [TextEdit(Span(line, start, line, len(old) - back), new[start : len(new) - back])]
