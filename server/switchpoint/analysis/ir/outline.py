"""What one piece binds, imports, derives and sets, before any body is lowered.

In: the statements of a piece. Out: an `Outline`, by which questions that cross files find the pieces that concern them.
This runs over every file that is imported from anywhere. This module must not know where a piece stands.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from switchpoint.analysis.ir.codes import CELLS, GLOBALS, borrows
from switchpoint.analysis.ir.made_classes import made_class
from switchpoint.analysis.ir.marks import marks
from switchpoint.analysis.ir.patches import patch_of, split, under_another_name
from switchpoint.analysis.ir.scopes import NO_NAMES, filled_by, frozen, mangled, nodes_in, stored_names, walrus_names
from switchpoint.analysis.ir.setters import LENT, computed_on, may_be_handed_on

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_NONE_LATE: frozenset[tuple[str, int, str | None]] = frozenset()


@dataclass(frozen=True, slots=True)
class Outline:
    """What one piece contributes to questions that cross pieces and files; no positions.

    `binds`: names bound in its scope ("*" for a star import). `imports`: (module, level, name or None). `late`: those
    that only functions import, but for `__getattr__`, which stands for names of the module (PEP 562). `bases`:
    last names of the bases of each class inside ("" where a base is not a dotted name). `aliases`: (new name, old
    name). `sets`: attribute names set on something ("[]name" for items of a container of that name, "" where the name
    is computed); `sets_self` the same on a method's first parameter. `writes`: names declared global and bound in a
    function. `makes`: what it binds may be what a call returns, a decorator's among them. `members`: names that classes
    inside bind.
    """

    binds: tuple[str, ...] = ()
    imports: tuple[tuple[str, int, str | None], ...] = ()
    late: frozenset[tuple[str, int, str | None]] = _NONE_LATE
    bases: tuple[tuple[str, tuple[str, ...]], ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    sets: frozenset[str] = NO_NAMES
    sets_self: frozenset[str] = NO_NAMES
    writes: frozenset[str] = NO_NAMES
    makes: bool = False
    members: frozenset[str] = NO_NAMES


def outline_of(group: Sequence[ast.stmt], owner: str | None, text: str, *, risky: bool) -> Outline:
    """What these statements of one scope contribute; `text` is theirs. Expressions are looked into only where the text
    tells that it pays: that is most of the time that reading a library takes. `risky`: the file may set things by
    name, and the namespace in which it does may have been taken elsewhere in it."""
    collector = _Collector(owner, ":=" in text)
    risky = risky and (_TEXT_KEY.search(text) is not None or sets_by_name(text))
    for statement in group:
        collector.scope_statement(statement)
        if risky:
            collector.risks(statement)
    if risky and ("__code__" in text or "FunctionType" in text):
        collector.sets.update(
            (GLOBALS, CELLS) if any(borrows(node) for each in group for node in nodes_in(each)) else ()
        )
    if risky and may_be_handed_on(text):
        collector.sets.add("")
    collector.sets.update(marks(text))
    return Outline(
        tuple(dict.fromkeys(collector.binds)), tuple(dict.fromkeys(collector.imports)),
        _late(collector), tuple(collector.bases), tuple(collector.aliases),
        frozen(collector.sets), frozen(collector.sets_self), frozen(collector.writes),
        "@" in text or ("(" in text and not _is_definition(group)), frozen(collector.members),
    )  # fmt: skip


def _late(collector: _Collector) -> frozenset[tuple[str, int, str | None]]:
    return frozenset(collector.imports).difference(collector.early) or _NONE_LATE


def _is_definition(group: Sequence[ast.stmt]) -> bool:
    return len(group) == 1 and isinstance(group[0], ast.FunctionDef | ast.AsyncFunctionDef)


def header_outline(node: ast.ClassDef) -> Outline:
    """What the header of a class contributes; its members are pieces of their own."""
    return Outline(binds=(node.name,), bases=((node.name, tuple(map(_base_name, node.bases))),))


def sets_by_name(text: str) -> bool:
    """Whether code in this text may set attributes or globals through calls and namespaces."""
    return any(word in text for word in _RISKY) or any(pattern.search(text) is not None for pattern in _RISKY_CODE)


COMPUTED = ""
"""What a name stands for that is bound to what was called or picked."""

_TEXT_KEY = re.compile(r"[\"']\s*\]")
"""The end of `namespace["name"]`."""
_RISKY = (
    "setattr", "globals", "exec", "eval(", "vars", "delattr", "__dict__", "locals", "import_module", "patch",
    "markcoroutinefunction", "register", "setitem", "__set", "__code__", "FunctionType", "pickle(", "dispatch_table",
)  # fmt: skip
# A pattern that begins with letters is found at the speed of a text search; hence what stands before them comes second.
_RISKY_CODE = (
    # `for x.name in`, `for x[0] in`: in a comprehension, no statement shows them.
    re.compile(r"for(?<!\wfor)\s(?:(?!\bin\b)[\w\s,()*]){0,80}?[\w)\]](?:\.\w|\[)"),
    # `type("C", (A,), {})`, and a metaclass that is called so.
    re.compile(r"type(?<!\wtype)\([^()\n]{1,80},"),
    re.compile(r"new_class\("),
    re.compile(r"\.(?:object|multiple|dict)\("),
    re.compile(r"[(,]\s*[\"'](?:\w+[.:])+\w+[\"']\s*,"),
    re.compile(r"\(\s*[\"'][\w.]+[\"'],\s*[\"'][\w.]+[\"'],\s*[A-Za-z_]"),
    re.compile(r"modules\s*\.\s*(?:update|setdefault)"),
    re.compile(r"\(\s*[\"'][\w.]*[\"'],\s*\([A-Za-z_]"),
)
_TRY = (ast.Try, getattr(ast, "TryStar", ast.Try))


class _Collector:
    """Walks statements only, never expressions, unless the text may set things by name."""

    def __init__(self, owner: str | None, has_walrus: bool) -> None:
        self._has_walrus = has_walrus
        self.binds: list[str] = []
        self.imports: list[tuple[str, int, str | None]] = []
        self.early: set[tuple[str, int, str | None]] = set()
        self.bases: list[tuple[str, tuple[str, ...]]] = []
        self.aliases: list[tuple[str, str]] = []
        self.sets: set[str] = set()
        self.sets_self: set[str] = set()
        self.writes: set[str] = set()
        self.members: set[str] = set()
        self._parameters: list[set[str]] = []
        self._late = 0
        self._in_class = owner is not None
        self._owner = "" if owner is None else owner.partition("#")[0]

    def scope_statement(self, node: ast.stmt) -> None:
        """A statement of the scope itself; compound statements are entered. Expressions are looked into for names only
        where a statement can bind them: captures, `as`, walruses."""
        self._walk([node], None, self._in_class, top=True)
        if self._has_walrus or isinstance(node, (ast.Match, ast.For, ast.While, ast.If, ast.With, *_TRY)):
            for name in sorted(stored_names([node])):
                self._bind(name, True)
        if self._has_walrus:
            generators = (inner for inner in nodes_in(node) if isinstance(inner, ast.GeneratorExp))
            self.writes.update(name for each in generators for name in walrus_names(each))

    def _walk(self, statements: Sequence[ast.stmt], receiver: str | None, in_class: bool, top: bool) -> None:
        stack = list(reversed(statements))
        while stack:
            node = stack.pop()
            if isinstance(node, _BIND_NOTHING):
                continue
            if isinstance(node, _COMPOUND):
                stack.extend(_inner_statements(node))
            match node:
                case ast.Expr(value=value) | ast.Return(value=ast.expr() as value):
                    self._filling(value)
                case ast.Assign():
                    self._filling(node.value)
                    for target in node.targets:
                        self._target(target, receiver, top)
                    self._alias(node)
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self._bind(node.name, top)
                    self._function(node, receiver, in_class)
                case ast.ClassDef():
                    self._bind(node.name, top)
                    self.bases.append((node.name, tuple(self._base(base) for base in node.bases)))
                    self._walk(node.body, receiver, True, top=False)
                    self.members |= stored_names(node.body)
                case ast.Import():
                    self._import(node, top)
                case ast.ImportFrom():
                    self._import_from(node, top)
                case ast.Global():
                    self.writes.update(node.names)
                case ast.AnnAssign() | ast.AugAssign():
                    self._target(node.target, receiver, top)
                case ast.Delete():
                    for target in node.targets:
                        self._target(target, receiver, top)
                case ast.For() | ast.AsyncFor():
                    self._target(node.target, receiver, top)
                    if any(isinstance(inner, ast.ClassDef) for inner in node.body):
                        self.aliases.extend((name, COMPUTED) for name in sorted(stored_names([node.target])))
                case ast.With() | ast.AsyncWith():
                    for item in node.items:
                        if item.optional_vars is not None:
                            self._target(item.optional_vars, receiver, top)
                case _ if type(node).__name__ == "TypeAlias":
                    self._bind(getattr(node, "name").id, top)  # noqa: B009  # ast.TypeAlias, 3.12
                case _:
                    pass

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, receiver: str | None, in_class: bool) -> None:
        first = [*node.args.posonlyargs, *node.args.args][:1]
        inner = first[0].arg if in_class and first else receiver
        self._parameters.append({argument.arg for argument in [*first, *node.args.args, *node.args.kwonlyargs]})
        self._late += node.name != "__getattr__"
        self._walk(node.body, inner, False, top=False)
        self._late -= node.name != "__getattr__"
        self._parameters.pop()

    def _filling(self, value: ast.expr) -> None:
        self.sets.update("[]" + _last_name(base) for base in filled_by(value))

    def _base(self, base: ast.expr) -> str:
        """The last name of a base; none for a parameter or an item, which say nothing of what they are."""
        is_given = isinstance(base, ast.Name) and any(base.id in names for names in self._parameters)
        return "" if is_given else _base_name(base)

    def _bind(self, name: str, top: bool) -> None:
        if top:
            self.binds.append(mangled(name, self._owner) if self._owner else name)

    def _import(self, node: ast.Import, top: bool) -> None:
        for alias in node.names:
            self._imported((alias.name, 0, None))
            self._bind(alias.asname or alias.name.partition(".")[0], top)

    def _import_from(self, node: ast.ImportFrom, top: bool) -> None:
        for alias in node.names:
            self._imported((node.module or "", node.level, alias.name))
            self._bind(alias.asname or alias.name, top)
            if alias.asname and alias.asname != alias.name:
                self.aliases.append((alias.asname, alias.name))

    def _imported(self, name: tuple[str, int, str | None]) -> None:
        self.imports.append(name)
        if not self._late:
            self.early.add(name)

    def _alias(self, node: ast.Assign) -> None:
        name = _last_name(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id != name:
                if name:
                    self.aliases.append((target.id, name))
                if isinstance(node.value, ast.Call | ast.IfExp | ast.BoolOp) or _is_picked(node.value):
                    self.aliases.append((target.id, COMPUTED))
                    for inner in ast.iter_child_nodes(node.value):
                        if isinstance(inner, ast.expr) and (inner_name := _last_name(inner)):
                            self.aliases.append((target.id, inner_name))

    def _target(self, target: ast.expr, receiver: str | None, top: bool) -> None:
        match target:
            case ast.Name(id=name):
                self._bind(name, top)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                for inner in elts:
                    self._target(inner, receiver, top)
            case ast.Starred(value=inner):
                self._target(inner, receiver, top)
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name == receiver:
                self.sets_self.add(mangled(attr, self._owner) if self._owner else attr)
                self.sets.update({attr} & {"__class__", "__dict__"})
            case ast.Attribute(attr=attr):
                self.sets.add(mangled(attr, self._owner) if self._owner else attr)
            case ast.Subscript(value=base):
                self.sets.add("[]" + _last_name(base))
            case _:
                pass

    def _import_by_call(self, name: ast.expr) -> None:
        self.imports.extend(_imported_by_call(name))
        self.early.update(_imported_by_call(name))

    def risks(self, statement: ast.stmt) -> None:
        """Attributes and globals set through calls and namespaces, classes made by calls."""
        given = statement.args if isinstance(statement, ast.FunctionDef) else None
        parameters = (
            () if given is None else {each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
        )
        for node in nodes_in(statement):
            if isinstance(node, ast.Call):
                self._made_or_hidden(node)
            self._set_by_name(node)
            if parameters and not self._owner and computed_on(node) in parameters:
                self.sets.add(LENT)

    def _made_or_hidden(self, node: ast.Call) -> None:
        """Classes that a call makes, and what it replaces under another name than that of `patch`."""
        made = made_class(node)
        if made is not None:
            self.bases.append((made.node.name, tuple(map(_last_name, made.node.bases))))
            self.members |= stored_names(made.node.body)
            self.sets.update(("",) if isinstance(made.node.body[0], ast.Expr) else ())
        hidden = under_another_name(node)
        if hidden is not None:
            self.sets.add(hidden.name or "")

    def _set_by_name(self, node: ast.AST) -> None:
        match node:
            case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[_, ast.Constant(value=str(name)), *_]):
                self.sets.add(name)
                self.sets_self.add(name)
            case ast.Call(func=ast.Name(id="markcoroutinefunction") | ast.Attribute(attr="markcoroutinefunction")):
                self.sets.add("_is_coroutine_mark")
            case ast.Attribute(value=owner, attr="register") if owner_name := _last_name(owner):
                self.sets.add("register " + owner_name)
            case ast.Call() if (patch := patch_of(node)) is not None:
                self.sets.add(patch.name or "")
            case ast.Call(func=ast.Attribute(attr="__setattr__"), args=arguments):
                named = [a.value for a in arguments if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                self.sets.add(named[0] if named else "")
                self.sets_self.update(named)
            case ast.Call(func=ast.Attribute(attr="multiple"), args=[_], keywords=keywords):
                self.sets.update(keyword.arg or "" for keyword in keywords)
            case ast.Call(func=ast.Attribute(attr="__set__", value=descriptor), args=[_, _]):
                self.sets.add(descriptor.attr if isinstance(descriptor, ast.Attribute) else "")
            case ast.Call(func=ast.Attribute(attr="dict"), args=[ast.Constant() as base, *_]):
                self.sets.update((f"[]{named[1]}", "") if (named := split(base)) is not None else ())
            case ast.Call(func=ast.Attribute(attr="__setitem__", value=base), args=[_, _]):
                self.sets.add("[]" + _last_name(base))
            case ast.Call(func=ast.Attribute(attr="setitem" | "__setitem__" | "dict"), args=[base, _, *_]):
                self.sets.add("[]" + _last_name(base))
            case ast.Call(func=ast.Attribute(attr="__setitem__" | "update" | "setdefault", value=base)):
                self.sets.add("[]" + _last_name(base))
            case ast.Call(func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"), args=[name, *_]):
                self._import_by_call(name)
            case ast.Call(func=ast.Name(id="setattr" | "delattr" | "exec" | "eval" | "globals" | "vars" | "locals")):
                self.sets.add("")
            case ast.Call(func=ast.Name(id="pickle") | ast.Attribute(attr="pickle" | "__setstate__")):
                self.sets.add("")
            case ast.Subscript(value=base, ctx=ast.Store()) if _last_name(base) == "dispatch_table":
                self.sets.add("")
            case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value="__dict__"), *_]):
                self.sets.add("")
            case ast.Attribute(attr="__dict__" | "__globals__" | "f_globals"):
                self.sets.add("")
            case ast.Subscript(slice=ast.Constant(value=str(name)), ctx=ast.Store()):
                self.sets.add(name)
            case ast.comprehension(target=target) if not isinstance(target, ast.Name):
                self._target(target, None, False)
            case _:
                pass


_COMPOUND = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Match, *_TRY)
_BIND_NOTHING = (ast.Raise, ast.Pass, ast.Break, ast.Continue, ast.Nonlocal)


def _imported_by_call(name: ast.expr) -> list[tuple[str, int, str | None]]:
    """`import_module("a.b")`, and `import_module(f"a.b{...}")` as "a.b*": any module whose name begins like that."""
    match name:
        case ast.Constant(value=str(text)) if not text.startswith("."):
            return [(text, 0, None)]
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]) | ast.BinOp(left=ast.Constant(value=str(text))):
            return [(text + "*", 0, None)] if "." in text else []
        case _:
            return []


def _last_name(node: ast.expr) -> str:
    """`a.b.C`, `C` and `C[T]` are "C", and so is what names it by text (`namespaces.member`); anything else is ""."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
        case (
            ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_])
            | ast.Subscript(ast.Attribute(attr="__dict__"), ast.Constant(value=str(name)))
            | ast.Subscript(ast.Call(func=ast.Name(id="vars")), ast.Constant(value=str(name)))
        ):
            return name
        case ast.Subscript(value=inner):
            return _last_name(inner)
        case _:
            return ""


def _base_name(base: ast.expr) -> str:
    return "" if _is_picked(base) or isinstance(base, ast.Call) else _last_name(base)


def _is_picked(node: ast.expr) -> bool:
    """An item by a constant: `bases[0]`, and not `Generic[T]`."""
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant | ast.UnaryOp)


def _inner_statements(node: ast.stmt) -> Iterator[ast.stmt]:
    for name in ("finalbody", "orelse", "body"):
        yield from reversed(getattr(node, name, ()))
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield from reversed(part.body)
