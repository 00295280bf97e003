"""A piece of source to its summary: the door of lowering.

In: the text of one piece (a top-level statement group, a class header, or one member of a class) and what class it
stands in. Out: a `PieceForm`; never an exception for what the text contains. This module must not know other pieces.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.annotations import unquoted
from switchpoint.analysis.ir.body import Body
from switchpoint.analysis.ir.expressions import close_clause, lower_expression, lower_read, open_clause
from switchpoint.analysis.ir.forms import (
    ClassForm,
    Expr,
    FromDefinition,
    FromParameter,
    FunctionForm,
    FunctionKind,
    Jump,
    Local,
    Parameter,
    PieceForm,
    Place,
    YieldForm,
)
from switchpoint.analysis.ir.namespaces import note_unseen
from switchpoint.analysis.ir.parsing import parse
from switchpoint.analysis.ir.relevance import relevant_parameters, text_parameters
from switchpoint.analysis.ir.scopes import FunctionNode, Names, frozen, generator_names, mangled, names_of, only_called
from switchpoint.analysis.ir.setters import ANYTHING, is_lost, may_be_handed_on
from switchpoint.analysis.ir.statements import lower_block

if TYPE_CHECKING:
    from collections.abc import Sequence

_WHOLE: Place = (0, 0, 0, 0)
"""Of a piece's own code."""


@lru_cache(maxsize=4096)
def lower(text: str, *, owner: str | None = None, header: bool = False, calls: bool = False) -> PieceForm:
    """The summary of a piece; with `calls`, every call in it is kept as well.

    `owner`: the class of which it is an indented member. `header`: a class statement of which only the header is in
    `text`; its members are pieces of their own. A piece that does not parse gives an empty summary with `problem`.
    """
    source, shift = alone(text, owner, header=header)
    try:
        tree = parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        return _broken(why_broken(error))
    statements = tree.body
    if owner is not None and isinstance(statements[0], ast.ClassDef):
        statements = statements[0].body
    piece = PieceLowering(source, shift, owner, calls)
    try:
        return piece.finish(statements, header)
    except RecursionError:
        return _broken("nested too deeply to be followed")


def alone(text: str, owner: str | None, *, header: bool) -> tuple[str, int]:
    """A piece as it can be parsed by itself, and how many lines further down it stands then."""
    source = text.rstrip() + "\n" + _indentation(text) + " pass\n" if header else text
    return (source, 0) if owner is None else ("class _:\n" + source, 1)


def why_broken(error: BaseException) -> str:
    """What `parse` raised, in words for who wrote the code."""
    if isinstance(error, RecursionError | MemoryError):
        return "nested too deeply to be parsed"
    return str(getattr(error, "msg", None) or error)


def _indentation(text: str) -> str:
    lines = text.splitlines()
    return lines[0][: len(lines[0]) - len(lines[0].lstrip())] if lines else ""


def _broken(problem: str) -> PieceForm:
    piece = PieceLowering("", 0, None)
    form = piece.finish([], False)
    return PieceForm(form.main, {}, {}, problem)


class PieceLowering:
    """One piece under way: its functions and classes so far, and the positions of its text."""

    def __init__(self, source: str, shift: int, owner: str | None, keeps_calls: bool = False) -> None:
        self.keeps_calls = keeps_calls
        self.problem: str | None = None
        self.is_cut = False
        self.functions: dict[str, FunctionForm] = {}
        self.classes: dict[str, ClassForm] = {}
        self._all_lines = re.split(r"\r\n|\r|\n", source)
        self._has_nonlocal = "nonlocal" in source
        self._shift = shift
        self._owner = owner
        self._classes: list[str] = [] if owner is None else [owner]
        self._taken: set[str] = set()

    def finish(self, statements: Sequence[ast.stmt], header: bool) -> PieceForm:
        main = Body(self, "", "class" if self._owner is not None else "module", _main_names(statements), None)
        if header and statements and isinstance(statements[0], ast.ClassDef):
            name = self.inner_class(main, statements[0], split=True)
            main.bind(statements[0].name, FromDefinition(name, True))
        else:
            lower_block(main, statements)
        if may_be_handed_on("\n".join(self._all_lines)) and is_lost(statements):
            main.store(ANYTHING, None, None)
        form = self._function_form(main, FunctionKind.PLAIN)
        self._mark_only_called(statements)
        return PieceForm(form, self.functions, self.classes, self.problem)

    def _mark_only_called(self, statements: Sequence[ast.stmt]) -> None:
        """Marks functions inside functions that nobody but calls in sight can reach."""
        inner = {name: form for name, form in self.functions.items() if _is_plain_inner(form)}
        if not inner or self.is_cut:
            return
        names = only_called(statements)
        for name, form in inner.items():
            if name.rpartition(".")[2].partition("#")[0] in names:
                self.functions[name] = replace(form, is_only_called=True)

    # positions

    def place(self, node: ast.AST) -> Place:
        """Where a node stands in the piece."""
        line, end = node.lineno, node.end_lineno  # type: ignore[attr-defined]
        return (
            line - 1 - self._shift,
            self._column(line, node.col_offset),  # type: ignore[attr-defined]
            end - 1 - self._shift,
            self._column(end, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def _column(self, line: int, offset: int) -> int:
        """`ast` counts UTF-8 bytes; places count code points."""
        text = self._all_lines[line - 1] if line <= len(self._all_lines) else ""
        if text.isascii():
            return offset
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace"))

    def async_keyword(self, node: ast.AST) -> Place:
        """The `async` token: where the statement begins, or for a comprehension's clause before its target."""
        if not isinstance(node, ast.comprehension):
            line, column = self.place(node)[:2]
            return (line, column, line, column + len("async"))
        target = self.place(node.target)
        for line in range(target[0], max(target[0] - 50, -1), -1):
            text = self._all_lines[line + self._shift]
            before = text[: target[1]] if line == target[0] else text
            found = [match.start() for match in re.finditer(r"\basync\b", before)]
            if found:
                return (line, found[-1], line, found[-1] + len("async"))
        return target

    # what bodies ask for

    def expression(self, body: Body, node: ast.expr) -> Expr:
        return lower_expression(body, node)

    def read(self, body: Body, node: ast.expr) -> Expr:
        return lower_read(body, node)

    def block(self, body: Body, statements: Sequence[ast.stmt]) -> None:
        lower_block(body, statements)

    def mangled(self, name: str) -> str:
        """A private name as the class around it spells it (Reference, 6.2.1)."""
        return mangled(name, self._classes[-1]) if self._classes else name

    def annotation(self, body: Body, node: ast.expr) -> Expr:
        """An annotation; strings inside it are parsed. It is never evaluated, so it does nothing to the flow."""
        probe = _quiet(body)
        return lower_expression(probe, unquoted(node))

    def inner_definition(self, body: Body, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
        """Lowers a `def`; decorators, defaults and annotations are evaluated in `body`."""
        decorators = tuple(self.expression(body, decorator) for decorator in node.decorator_list)
        name = self._unique(body, node.name)
        self._lower_function(body, node, name, node.name, decorators)
        return name

    def inner_expression(
        self, body: Body, node: ast.Lambda | ast.GeneratorExp, display: str, first: Expr | None
    ) -> str:
        name = self._unique(body, display)
        if isinstance(node, ast.Lambda):
            self._lower_function(body, node, name, display, ())
        else:
            self._lower_generator_expression(body, node, name, first)
        return name

    def inner_class(self, body: Body, node: ast.ClassDef, *, split: bool = False) -> str:
        """Lowers a class: with its body, unless the members are pieces of their own (`split`)."""
        decorators = tuple(self.expression(body, decorator) for decorator in node.decorator_list)
        bases = tuple(self.expression(body, base) for base in node.bases)
        keywords = tuple((keyword.arg or "", self.expression(body, keyword.value)) for keyword in node.keywords)
        name = self._unique(body, node.name)
        inside: str | None = None
        if not split:
            inside = name + ".<class>"
            inner = Body(self, name, "class", _main_names(node.body), body)
            self._classes.append(node.name)
            lower_block(inner, node.body)
            self._classes.pop()
            place = self.place(node)
            self.functions[inside] = self._function_form(inner, FunctionKind.PLAIN, place=place, keyword=place)
        self.classes[name] = ClassForm(
            name, bases, keywords, decorators, _function_parent(body), inside, self.place(node)
        )
        return name

    # functions

    def _unique(self, body: Body, name: str) -> str:
        base = f"{body.name}.{name}" if body.name else name
        unique, count = base, 1
        while unique in self._taken:
            count += 1
            unique = f"{base}#{count}"
        self._taken.add(unique)
        return unique

    def _lower_function(
        self, body: Body, node: FunctionNode, name: str, display: str, decorators: tuple[Expr, ...]
    ) -> None:
        parameters = self._parameters(body, node.args)
        code: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else [*node.body]
        names = names_of(code, [parameter.name for parameter in parameters], has_nonlocal=self._has_nonlocal)
        returns = None if isinstance(node, ast.Lambda) else node.returns
        annotation = None if returns is None else self.annotation(body, returns)
        inner = Body(self, name, "function", names, body)
        for parameter in parameters:
            inner.bind(parameter.name, FromParameter(parameter.name))
        if isinstance(node, ast.Lambda):
            inner.returns.append((self.expression(inner, node.body), 0))
            inner.dead = True
            inner.flow.append(Jump.RETURN)
        else:
            lower_block(inner, node.body)
        is_async = isinstance(node, ast.AsyncFunctionDef)
        kind = _kind(is_async, bool(inner.yields))
        place = self.place(node)
        line, column = place[:2]
        keyword = (line, column, line, column + len("async" if is_async else "def"))
        form = self._function_form(
            inner,
            kind,
            parameters=parameters,
            annotation=annotation,
            decorators=decorators,
            place=place,
            keyword=keyword,
        )
        self.functions[name] = _with_body_marks(form, node)

    def _parameters(self, body: Body, arguments: ast.arguments) -> tuple[Parameter, ...]:
        def made(argument: ast.arg, kind: str, default: ast.expr | None) -> Parameter:
            annotation = None if argument.annotation is None else self.annotation(body, argument.annotation)
            return Parameter(
                argument.arg, kind, annotation, None if default is None else self.expression(body, default)
            )

        plain = [*arguments.posonlyargs, *arguments.args]
        defaults = [*[None] * (len(plain) - len(arguments.defaults)), *arguments.defaults]
        found = [
            made(argument, "positional" if i < len(arguments.posonlyargs) else "plain", default)
            for i, (argument, default) in enumerate(zip(plain, defaults, strict=True))
        ]
        if arguments.vararg is not None:
            found.append(made(arguments.vararg, "varargs", None))
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            found.append(made(argument, "keyword", default))
        if arguments.kwarg is not None:
            found.append(made(arguments.kwarg, "kwargs", None))
        return tuple(found)

    def _lower_generator_expression(self, body: Body, node: ast.GeneratorExp, name: str, first: Expr | None) -> None:
        """A function of one parameter, the first iterable, which yields every element."""
        clauses = node.generators
        inner = Body(self, name, "function", generator_names(node, is_global=body.binds_globals), body)
        inner.bind(".0", FromParameter(".0"))
        with inner.comprehension_scope():
            for index, clause in enumerate(clauses):
                iterable = Local(".0", (0,)) if index == 0 else self.expression(inner, clause.iter)
                open_clause(inner, node, clause, iterable)
            value = self.expression(inner, node.elt)
            inner.add_yield(YieldForm(value, None, self.place(node)))
            for _ in clauses:
                close_clause(inner)
        is_async = any(clause.is_async for clause in clauses) or bool(inner.sites)
        kind = _kind(is_async, True)
        place = self.place(node)
        parameter = Parameter(".0", "positional", None, first)
        self.functions[name] = self._function_form(inner, kind, parameters=(parameter,), place=place, keyword=place)

    def _function_form(
        self,
        body: Body,
        kind: FunctionKind,
        *,
        parameters: tuple[Parameter, ...] = (),
        annotation: Expr | None = None,
        decorators: tuple[Expr, ...] = (),
        place: Place = _WHOLE,
        keyword: Place = _WHOLE,
    ) -> FunctionForm:
        note_unseen(body)
        outer = tuple(
            (binding.name, index)
            for index, binding in enumerate(body.bindings)
            if binding.name in body.names.nonlocals or binding.name in body.names.globals
        )
        flow = tuple(body.flow) if body.sites or body.yields or body.may_end_iteration else ()
        form = FunctionForm(
            name=body.name, kind=kind, parameters=parameters, annotation=annotation, decorators=decorators,
            bindings=tuple(body.bindings), regions=tuple(body.regions), sites=tuple(body.sites),
            site_regions=tuple(body.site_regions), yields=tuple(body.yields), returns=tuple(body.returns), flow=flow,
            stores=tuple(body.stores), calls=tuple(body.calls), relevant=frozen(()), texts=frozen(()),
            free=frozen(body.free), outer_writes=outer, escaping=frozen(body.escaped),
            handled=frozen(body.handled | body.captured if body.runs_inner else body.handled),
            parent=None if body.enclosing is None else _function_parent(body.enclosing),
            owner=body.enclosing.name if body.enclosing is not None and body.enclosing.scope == "class" else None,
            place=place, keyword=keyword, falls_through=not body.dead,
            is_async_def=kind in (FunctionKind.COROUTINE, FunctionKind.ASYNC_GENERATOR), runs_calls=body.runs_calls,
        )  # fmt: skip
        return replace(
            form, relevant=relevant_parameters(form, self.functions, self.classes), texts=text_parameters(form)
        )


def _main_names(statements: Sequence[ast.stmt]) -> Names:
    names = names_of(statements, (), has_nonlocal=False)
    return Names(names.own, names.globals, names.nonlocals, frozenset())


def _function_parent(body: Body) -> str | None:
    """The nearest enclosing function (not class) of what stands in `body`; None at module and top class level."""
    scope: Body | None = body
    while scope is not None and scope.scope != "function":
        scope = scope.enclosing
    return None if scope is None else scope.name


def _is_plain_inner(form: FunctionForm) -> bool:
    return form.parent is not None and form.owner is None and not form.decorators and bool(form.relevant)


def _kind(is_async: bool, yields: bool) -> FunctionKind:
    if is_async:
        return FunctionKind.ASYNC_GENERATOR if yields else FunctionKind.COROUTINE
    return FunctionKind.GENERATOR if yields else FunctionKind.PLAIN


def _with_body_marks(form: FunctionForm, node: FunctionNode) -> FunctionForm:
    """Notes bodies that are there to be overridden: `raise NotImplementedError`, or nothing at all."""
    if isinstance(node, ast.Lambda):
        return form
    body = node.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        has_text = isinstance(body[0].value.value, str)
        body = body[1:] if has_text else body
    match body:
        case [ast.Raise(exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError")))]:
            return replace(form, is_abstract_body=True)
        case [] | [ast.Pass()] | [ast.Expr(value=ast.Constant())] | [ast.Return(value=None)]:
            return replace(form, is_hook_body=True)
        case _:
            return form


def _quiet(body: Body) -> Body:
    """A body that sees the same names and whose flow is thrown away."""
    probe = Body(body.piece, body.name, body.scope, body.names, body.enclosing)
    probe.env = dict(body.env)
    probe.escaped = set()
    probe.bindings = list(body.bindings)
    probe.narrowed = dict(body.narrowed)
    return probe
