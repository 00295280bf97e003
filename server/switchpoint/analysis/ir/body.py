"""The body of one function while it is being lowered: which bindings reach here, what the control flow is so far.

In: calls from `expressions` and `statements` in the order of evaluation. Out: what a `FunctionForm` is made of. This
is the one class with state of the ring; it must not look at statements or expressions itself, beyond their positions.
"""

from __future__ import annotations

import ast
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from switchpoint.analysis.ir.codes import note_moved
from switchpoint.analysis.ir.conditions import narrowable, parameters_of
from switchpoint.analysis.ir.expressions import TASK_STARTERS
from switchpoint.analysis.ir.forms import (
    Binding,
    Call,
    Element,
    Expr,
    Flow,
    Free,
    FromDefinition,
    FromDelete,
    FromImport,
    FromValue,
    Global,
    Jump,
    Local,
    Narrowed,
    Node,
    Place,
    Region,
    Risk,
    Scoped,
    SiteForm,
    Source,
    Store,
    Suspend,
    Yield,
    YieldForm,
)
from switchpoint.analysis.ir.namespaces import member
from switchpoint.analysis.ir.writes import note_item, note_written

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from switchpoint.analysis.ir.lowering import PieceLowering
    from switchpoint.analysis.ir.scopes import Names
    from switchpoint.analysis.verdicts import SiteKind

Environment = dict[str, tuple[int, ...]]

Moment: TypeAlias = "tuple[int, tuple[int, ...]]"
"""How many sites stand above a place, and the loops around it."""


@dataclass(slots=True)
class Body:
    """One function, class body or piece under way. `scope` is "function", "class" or "module"."""

    piece: PieceLowering
    name: str
    scope: str
    names: Names
    enclosing: Body | None
    bindings: list[Binding] = field(default_factory=list[Binding])
    regions: list[Region] = field(default_factory=lambda: [Region(-1, None, True)])
    sites: list[SiteForm] = field(default_factory=list[SiteForm])
    site_regions: list[int] = field(default_factory=list[int])
    yields: list[YieldForm] = field(default_factory=list[YieldForm])
    returns: list[tuple[Expr, int]] = field(default_factory=list[tuple[Expr, int]])
    stores: list[Store] = field(default_factory=list[Store])
    free: set[str] = field(default_factory=set[str])
    handled: set[str] = field(default_factory=set[str])
    captured: set[str] = field(default_factory=set[str])
    kept: dict[str, bool] = field(default_factory=dict[str, bool])
    runs_inner: bool = False
    escaped: set[str] = field(default_factory=set[str])
    runs_calls: bool = False
    may_end_iteration: bool = False
    loops: tuple[int, ...] = ()
    moments: dict[int, Moment] = field(default_factory=dict[int, "Moment"])
    namespaces: dict[str, Expr] = field(default_factory=dict[str, Expr])
    calls: list[tuple[Expr, Place]] = field(default_factory=list[tuple[Expr, Place]])
    flow: list[Node] = field(default_factory=list[Node])
    env: Environment = field(default_factory=Environment)
    dead: bool = False
    region: int = 0
    depth: int = 0
    narrowed: dict[int, frozenset[str] | None] = field(default_factory=dict[int, "frozenset[str] | None"])
    _flows: list[list[Node]] = field(default_factory=list[list[Node]])
    _arms: list[int] = field(default_factory=list[int])
    _loops: int = 0
    _hidden: list[frozenset[str]] = field(default_factory=list[frozenset[str]])
    _raising: list[dict[str, set[int]]] = field(default_factory=list[dict[str, set[int]]])

    @property
    def problem(self) -> str | None:
        return self.piece.problem

    @problem.setter
    def problem(self, text: str) -> None:
        self.piece.problem = text

    # names

    def load(self, name: str, *, reads: bool = False) -> Expr:
        """What a use of `name` reads here. `reads`: the use cannot change a container of that name unseen."""
        if not reads:
            self._let_escape(name)
        if name in self.env and self._is_local(name):
            return Local(name, self.env[name])
        if any(name in hidden for hidden in self._hidden):
            return Local(name, ())
        if self.scope == "function":
            if name in self.names.rebound_inside:
                return Free(name, 0)
            if name in self.names.own:
                return Local(name, self.env.get(name, ()))
        outer = self._outer(name)
        is_scoped = self.scope == "class" and not self._hidden and name not in _NAMESPACES
        return Scoped(name, outer) if is_scoped else outer

    def _let_escape(self, name: str) -> None:
        body: Body | None = self
        while body is not None:
            if name in body.names.own or body.hides(name):
                body.escaped.add(name)
                return
            body = body.enclosing

    def _is_local(self, name: str) -> bool:
        if any(name in hidden for hidden in self._hidden):
            return True
        return self.scope == "function" and name in self.names.own and name not in self.names.rebound_inside

    @property
    def binds_globals(self) -> bool:
        """Whether what a comprehension's walrus binds here is the module's."""
        return self.scope == "module"

    def _outer(self, name: str) -> Free | Global:
        if name in self.names.globals:
            return Global(name)
        level, body = 0, self.enclosing
        while body is not None:
            if body.scope == "function":
                level += 1
                if name in body.names.own or body.hides(name):
                    self.free.add(name)
                    body.captured.add(name)
                    return Free(name, level)
                if name in body.names.globals:
                    return Global(name)
            elif body.hides(name):
                return Global("<target of a comprehension>")
            body = body.enclosing
        return Global(name)

    def hides(self, name: str) -> bool:
        """Whether a comprehension around this place has a target of that name."""
        return any(name in hidden for hidden in self._hidden)

    def bind(self, name: str, source: Source) -> int:
        """One more binding of `name`, which from here on is the only one that reaches."""
        index = len(self.bindings)
        name = self.piece.mangled(name) if self.scope == "class" else name
        self.bindings.append(Binding(name, source, self.region))
        if isinstance(source, FromValue):
            self.moments[index] = (len(self.sites), self.loops)
        self.env[name] = (index,) if not isinstance(source, FromDelete) else ()
        self.kept.pop(name, None)
        for raising in self._raising:
            raising.setdefault(name, set()).add(index)
        return index

    def bind_and_load(self, name: str, source: Source) -> Expr:
        self.bind(name, source)
        return self.load(name)

    def bind_target(self, target: ast.expr, value: Expr | None, annotation: Expr | None = None) -> None:
        """Assigns to a name, an attribute, or unpacks."""
        match target:
            case ast.Name(id=name):
                self.bind(name, FromValue(value, annotation))
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                self._unpack(elts, value)
            case ast.Starred(value=inner):
                self.bind_target(inner, value)
            case ast.Attribute(value=base, attr=attr):
                if isinstance(base, ast.Name):
                    self.handled.add(base.id)
                owner = self.piece.expression(self, base)
                self.store(owner, self.piece.mangled(attr), value, annotation)
                if attr == "__code__" and value is not None:
                    note_moved(self, owner, value)
            case ast.Subscript(value=base, slice=index):
                form, key = self.piece.read(self, base), self.piece.expression(self, index)
                note_item(self, form, key, value)
            case _:
                pass

    def _unpack(self, targets: list[ast.expr], value: Expr | None) -> None:
        starred = next((i for i, target in enumerate(targets) if isinstance(target, ast.Starred)), len(targets))
        for i, target in enumerate(targets):
            index = i if i < starred else (starred, len(targets) - starred - 1) if i == starred else i - len(targets)
            inner = None if value is None else Element(value, index)
            self.bind_target(target, inner)

    def store(self, base: Expr, name: str | None, value: Expr | None, annotation: Expr | None = None) -> None:
        """An attribute is set on what `base` is."""
        self.stores.append(Store(base, name, value, annotation, self.region))

    def store_item(self, base: Expr, key: Expr | None, value: Expr | None) -> None:
        """An item is put into the container that `base` is."""
        self.stores.append(Store(member(base), "[]", value, None, self.region, None, key))

    def give(self, base: Expr, function: Expr, place: int | str) -> None:
        """The namespace of what `base` is goes to a function."""
        self.stores.append(Store(base, None, None, None, self.region, (function, place)))

    # what evaluating does

    def place(self, node: ast.AST) -> Place:
        return self.piece.place(node)

    def async_keyword(self, node: ast.AST) -> Place:
        return self.piece.async_keyword(node)

    def inner_function(self, node: ast.Lambda | ast.GeneratorExp, name: str, first: Expr | None = None) -> str:
        return self.piece.inner_expression(self, node, name, first)

    def made_class(self, node: ast.ClassDef) -> Expr:
        """A class that an expression makes: it has no name here but the one that nobody can write."""
        name = self.piece.inner_class(self, node)
        return Local(f"<{name}>", (self.bind(f"<{name}>", FromDefinition(name, True)),))

    def suspend(
        self,
        kind: SiteKind,
        operand: Expr,
        place: Place,
        *,
        keyword: Place,
        operand_place: Place,
        block: Place | None = None,
        name: str | None = None,
    ) -> None:
        """A site is reached."""
        self.flow.append(Suspend(len(self.sites)))
        self.sites.append(SiteForm(kind, operand, place, keyword, operand_place, block, self._is_new(operand), name))
        self.site_regions.append(self.region)

    def _is_new(self, operand: Expr) -> bool:
        """Whether no site, also by going round a loop, nor a call that could meet it, came since the name was bound."""
        if isinstance(operand, Local) and self.kept.get(operand.name):
            return False
        bound = [self.moments.get(i) for i in operand.reaching] if isinstance(operand, Local) else [None]
        now, around = len(self.sites), self.loops
        return all(moment is not None and moment == (now, (*around, *moment[1][len(around) :])) for moment in bound)

    def open_loop(self) -> None:
        """What follows may run more than once."""
        self._loops += 1
        self.loops = (*self.loops, self._loops)

    def close_loop(self) -> None:
        self.loops = self.loops[:-1]

    def add_yield(self, form: YieldForm) -> None:
        self.flow.append(Yield(len(self.yields)))
        self.yields.append(form)

    def note_call(self, call: Call, node: ast.Call) -> None:
        """Calls that set attributes by name, run unseen code, or may make tasks are kept."""
        self.runs_calls = True
        note_written(self, call, node)
        last = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if last in TASK_STARTERS or last == "__init__" or self.piece.keeps_calls:
            self.calls.append((call, self.place(node)))

    # control flow

    def open_flow(self) -> None:
        self._flows.append(self.flow)
        self.flow = []

    def close_flow(self) -> Flow:
        inner = tuple(self.flow)
        self.flow = self._flows.pop()
        return inner

    def open_arm(self, test: Expr | None, *, holds: bool, imports: tuple[FromImport, ...] = ()) -> None:
        """Code that runs only where `test` is `holds`: a region, with narrowed names, and a flow of its own."""
        self.open_flow()
        self._arms.append(self.region)
        self.env = dict(self.env)
        self.enter_region(test, holds=holds, imports=imports)

    def close_arm(self) -> Flow:
        self.region = self._arms.pop()
        return self.close_flow()

    def enter_region(self, test: Expr | None, *, holds: bool, imports: tuple[FromImport, ...] = ()) -> None:
        if test is None and not imports:
            return
        needs = None if test is None else parameters_of(test, self.bindings, self.narrowed)
        self.regions.append(Region(self.region, test, holds, imports, needs))
        self.region = len(self.regions) - 1
        if test is not None:
            self.narrow(test, holds=holds)

    @contextmanager
    def perhaps(self) -> Generator[None]:
        """Code that need not run to its end. Of a module or class, what it binds need not be what is bound at last."""
        outer = self.region
        if self.scope != "function":
            self.regions.append(Region(outer, None, True))
            self.region = len(self.regions) - 1
        yield
        self.region = outer

    def narrow(self, test: Expr, *, holds: bool) -> None:
        """From here on, names that the test speaks of are known to have passed (or failed) it."""
        for name in narrowable(test):
            if self.env.get(name.name) == name.reaching:
                index = len(self.bindings)
                self.narrowed[index] = parameters_of(name, self.bindings, self.narrowed)
                self.bindings.append(Binding(name.name, FromValue(Narrowed(name, test, holds)), self.region))
                self.env[name.name] = (index,)

    def jump(self, jump: Jump) -> None:
        self.flow.append(jump)
        self.dead = True
        self.may_end_iteration |= jump is Jump.END

    def meet(self, ends: list[Environment], was_dead: bool) -> None:
        """The ways that come to their end join here; with none, nothing below is reached."""
        self.dead = was_dead or not ends
        if ends:
            env = ends[0]
            for other in ends[1:]:
                env = self.merge(env, other)
            self.env = env

    def merge(self, first: Environment, second: Environment) -> Environment:
        """The bindings that reach where two ways meet."""
        if first is second:
            return first
        merged = dict(first)
        for name, reaching in second.items():
            known = merged.get(name)
            if known is None or known == reaching:
                merged[name] = reaching
            else:
                merged[name] = tuple(sorted({*known, *reaching}))
        return merged

    @contextmanager
    def catching(self) -> Generator[dict[str, set[int]]]:
        """Collects every binding made inside: what may have been bound when an exception left."""
        raising: dict[str, set[int]] = {}
        self._raising.append(raising)
        try:
            yield raising
        finally:
            self._raising.pop()

    def with_raised(self, before: Environment, raised: dict[str, set[int]]) -> Environment:
        return self.merge(before, {name: tuple(sorted(indexes)) for name, indexes in raised.items()})

    @contextmanager
    def comprehension_scope(self) -> Generator[None]:
        """Targets of a comprehension are visible inside it only."""
        saved = dict(self.env)
        self._hidden.append(frozenset())
        try:
            yield
        finally:
            hidden = self._hidden.pop()
            for name in hidden:
                if name in saved:
                    self.env[name] = saved[name]
                else:
                    self.env.pop(name, None)

    def hide(self, names: Iterable[str]) -> None:
        """The innermost comprehension binds these names."""
        self._hidden[-1] |= frozenset(names)


def matters(flow: Flow) -> bool:
    """Whether a stretch does more than perhaps raise; that it may raise is noted before it as well."""
    return any(not isinstance(node, Risk) for node in flow)


_NAMESPACES = frozenset({"globals", "locals", "vars", "setattr", "delattr", "exec", "super"})
