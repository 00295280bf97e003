"""A file's text to its pieces and its outline: what the file binds, imports, derives and sets, before any body is lowered.

In: text. Out: a `Layout`. Pieces are top-level statements (grouped where they share a line), class headers, and members of
top-level classes. A file that does not parse is taken apart at its unindented lines: pieces that parse stay alive, the
broken one is a problem. This module must not follow imports.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from switchpoint.analysis.ir.lowering import parse
from switchpoint.analysis.ir.scopes import mangled, nodes_in, stored_names

PieceKey = str
"""Unique in a file: "f", "C" (a class header), "C.m", "C.m#2", "~3" (the third nameless statement), "C.~1"."""


@dataclass(frozen=True, slots=True)
class PieceSpan:
    """Where a piece stands: lines from 0, the end exclusive. `owner` is the class key of a member."""

    key: PieceKey
    owner: str | None
    first: int
    last: int
    is_header: bool = False
    broken: str | None = None
    broken_line: int = 0


@dataclass(frozen=True, slots=True)
class Outline:
    """What one piece contributes to questions that cross pieces and files; no positions.

    `binds`: names bound in its scope ("*" for a star import). `imports`: (module, level, name or None). `bases`: last
    names of the bases of each class inside ("" where a base is not a dotted name). `aliases`: (new name, old name).
    `sets`: attribute names set on something ("[]name" for items of a container of that name, "" where the name is
    computed); `sets_self` the same on a method's first parameter. `writes`: names declared global and bound in a function. `awaits`: has sites.
    """

    binds: tuple[str, ...] = ()
    imports: tuple[tuple[str, int, str | None], ...] = ()
    bases: tuple[tuple[str, tuple[str, ...]], ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    sets: frozenset[str] = frozenset()
    sets_self: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Layout:
    """The pieces of a file in order, and the outline of each. `scopes` maps "" and each class key to name -> piece keys."""

    pieces: tuple[PieceSpan, ...] = ()
    outlines: dict[PieceKey, Outline] = field(default_factory=dict[PieceKey, Outline])
    problems: tuple[tuple[int, str], ...] = ()

    def scope(self, owner: str | None) -> dict[str, list[PieceKey]]:
        """The names bound at module level (None) or in a class body, with the pieces that bind them, in order."""
        names: dict[str, list[PieceKey]] = {}
        for piece in self.pieces:
            if piece.owner == owner:
                for name in self.outlines[piece.key].binds:
                    names.setdefault(name, []).append(piece.key)
        return names


def lay_out(text: str) -> Layout:
    """The layout of a file. Never raises for what the text contains."""
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        return _recovered(text, error)
    builder = _Builder(text)
    builder.add(tree.body, 0)
    return builder.finish(())


shared_layout = lru_cache(maxsize=2048)(lay_out)
"""`lay_out` for texts that other workspaces of this process will ask for too: not for those under the user's hands."""


def split_lines(text: str) -> list[str]:
    """Lines with their ends, as CPython's tokenizer sees them: only \\n, \\r\\n and \\r end a line."""
    return _LINE.findall(text)


_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class _Builder:
    """A layout under way."""

    def __init__(self, text: str) -> None:
        self._risky = any(
            word in text
            for word in (
                "setattr",
                "globals(",
                "exec(",
                "vars(",
                "delattr",
                "__dict__",
                "locals(",
                "__setattr__",
                "import_module",
                "patch",
            )
        )
        self._has_walrus = ":=" in text
        self._pieces: list[PieceSpan] = []
        self._outlines: dict[PieceKey, Outline] = {}
        self._counts: dict[str, int] = {}

    def finish(self, problems: Sequence[tuple[int, str]]) -> Layout:
        return Layout(tuple(self._pieces), self._outlines, tuple(problems))

    def add(self, statements: Sequence[ast.stmt], shift: int, owner: str | None = None) -> None:
        """Adds the pieces of these statements, whose line 1 is line `shift` of the file."""
        for group in _grouped(statements):
            first, last = _first_line(group[0]) - 1 + shift, max(s.end_lineno or 0 for s in group) + shift
            node = group[0]
            if len(group) == 1 and owner is None and isinstance(node, ast.ClassDef) and _splits(node):
                self._add_class(node, first, shift)
            elif not _is_text(node):
                self._add_piece(group, owner, first, last)

    def add_broken(self, first: int, last: int, line: int, why: str, owner: str | None = None) -> None:
        self._pieces.append(PieceSpan(self._key("~", owner), owner, first, last, False, why, line))
        self._outlines[self._pieces[-1].key] = Outline()

    def add_class_header(self, node: ast.ClassDef, first: int, last: int) -> str:
        key = self._key(node.name, None)
        self._pieces.append(PieceSpan(key, None, first, last, True))
        self._outlines[key] = Outline(
            binds=(node.name,), bases=((node.name, tuple(_last_name(base) for base in node.bases)),)
        )
        return key

    def _add_class(self, node: ast.ClassDef, first: int, shift: int) -> None:
        body_first = _first_line(node.body[0]) - 1 + shift
        key = self.add_class_header(node, first, body_first)
        self.add(node.body, shift, key)

    def _add_piece(self, group: Sequence[ast.stmt], owner: str | None, first: int, last: int) -> None:
        node = group[0]
        named = len(group) == 1 and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        key = self._key(node.name if named else "~", owner)  # type: ignore[union-attr]
        self._pieces.append(PieceSpan(key, owner, first, last))
        self._outlines[key] = _outline(group, owner, self._risky, self._has_walrus)

    def _key(self, name: str, owner: str | None) -> PieceKey:
        base = name if owner is None else f"{owner}.{name}"
        count = self._counts[base] = self._counts.get(base, 0) + 1
        if name == "~":
            return f"{base}{count}"
        return base if count == 1 else f"{base}#{count}"


def _grouped(statements: Sequence[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """Statements that share a line stand together."""
    group: list[ast.stmt] = []
    for statement in statements:
        if group and _first_line(statement) > (group[-1].end_lineno or 0):
            yield group
            group = []
        group.append(statement)
    if group:
        yield group


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _splits(node: ast.ClassDef) -> bool:
    """Whether members stand on lines of their own."""
    return _first_line(node.body[0]) > node.lineno and all(
        base.end_lineno is not None and base.end_lineno < _first_line(node.body[0]) for base in node.bases
    )


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


# outlines


def _outline(group: Sequence[ast.stmt], owner: str | None, risky: bool, has_walrus: bool) -> Outline:
    collector = _Collector(owner, has_walrus)
    for statement in group:
        collector.scope_statement(statement)
        if risky:
            collector.risks(statement)
    return Outline(
        tuple(dict.fromkeys(collector.binds)), tuple(dict.fromkeys(collector.imports)), tuple(collector.bases),
        tuple(collector.aliases), frozenset(collector.sets), frozenset(collector.sets_self),
        frozenset(collector.writes),
    )  # fmt: skip


_TRY = (ast.Try, getattr(ast, "TryStar", ast.Try))


class _Collector:
    """Walks statements only, never expressions: this runs over every file that is imported from anywhere."""

    def __init__(self, owner: str | None, has_walrus: bool) -> None:
        self._has_walrus = has_walrus
        self.binds: list[str] = []
        self.imports: list[tuple[str, int, str | None]] = []
        self.bases: list[tuple[str, tuple[str, ...]]] = []
        self.aliases: list[tuple[str, str]] = []
        self.sets: set[str] = set()
        self.sets_self: set[str] = set()
        self.writes: set[str] = set()
        self._in_class = owner is not None
        self._owner = "" if owner is None else owner.partition("#")[0]

    def scope_statement(self, node: ast.stmt) -> None:
        """A statement of the scope itself; compound statements are entered. Expressions are looked into for names only
        where a statement can bind them: captures, `as`, walruses."""
        self._walk([node], None, self._in_class, top=True)
        if self._has_walrus or isinstance(node, (ast.Match, ast.For, ast.While, ast.If, ast.With, *_TRY)):
            for name in sorted(stored_names([node])):
                self._bind(name, True)

    def _walk(self, statements: Sequence[ast.stmt], receiver: str | None, in_class: bool, top: bool) -> None:
        stack = list(reversed(statements))
        while stack:
            node = stack.pop()
            if isinstance(node, _BIND_NOTHING):
                continue
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self._bind(node.name, top)
                    first = [*node.args.posonlyargs, *node.args.args][:1]
                    inner = first[0].arg if in_class and first else receiver
                    self._walk(node.body, inner, False, top=False)
                case ast.ClassDef():
                    self._bind(node.name, top)
                    self.bases.append((node.name, tuple(_last_name(base) for base in node.bases)))
                    self._walk(node.body, receiver, True, top=False)
                case ast.Import():
                    self._import(node, top)
                case ast.ImportFrom():
                    self._import_from(node, top)
                case ast.Global():
                    self.writes.update(node.names)
                case ast.Assign():
                    for target in node.targets:
                        self._target(target, receiver, top)
                    self._alias(node)
                case ast.AnnAssign() | ast.AugAssign():
                    self._target(node.target, receiver, top)
                case ast.Delete():
                    for target in node.targets:
                        self._target(target, receiver, False)
                case ast.For() | ast.AsyncFor():
                    self._target(node.target, receiver, top)
                case ast.With() | ast.AsyncWith():
                    for item in node.items:
                        if item.optional_vars is not None:
                            self._target(item.optional_vars, receiver, top)
                case ast.Expr(value=ast.Call(func=ast.Attribute(value=base, attr=attr))) if attr in _FILLING:
                    self.sets.add("[]" + _last_name(base))
                case _ if type(node).__name__ == "TypeAlias":
                    self._bind(getattr(node, "name").id, top)  # noqa: B009  # ast.TypeAlias, 3.12
                case _:
                    pass
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                stack.extend(_inner_statements(node))

    def _bind(self, name: str, top: bool) -> None:
        if top:
            self.binds.append(mangled(name, self._owner) if self._owner else name)

    def _import(self, node: ast.Import, top: bool) -> None:
        for alias in node.names:
            self.imports.append((alias.name, 0, None))
            self._bind(alias.asname or alias.name.partition(".")[0], top)

    def _import_from(self, node: ast.ImportFrom, top: bool) -> None:
        for alias in node.names:
            self.imports.append((node.module or "", node.level, alias.name))
            self._bind(alias.asname or alias.name, top)
            if alias.asname and alias.asname != alias.name:
                self.aliases.append((alias.asname, alias.name))

    def _alias(self, node: ast.Assign) -> None:
        name = _last_name(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id != name:
                if name:
                    self.aliases.append((target.id, name))
                elif isinstance(node.value, ast.Call | ast.IfExp | ast.BoolOp):
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

    def risks(self, statement: ast.stmt) -> None:
        """Attributes and globals set through calls and namespaces."""
        for node in nodes_in(statement):
            match node:
                case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[_, ast.Constant(value=str(name)), *_]):
                    self.sets.add(name)
                    self.sets_self.add(name)
                case ast.Call(func=ast.Attribute(attr="setattr" | "object"), args=[_, ast.Constant(value=str(name)), *_]):
                    self.sets.add(name)
                case ast.Call(
                    func=ast.Name(id="patch") | ast.Attribute(attr="patch" | "setattr"),
                    args=[ast.Constant(value=str(dotted)), *_],
                ):
                    self.sets.add(dotted.rpartition(".")[2])
                case ast.Call(func=ast.Attribute(attr="__setattr__"), args=arguments):
                    named = [a.value for a in arguments if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                    self.sets.add(named[0] if named else "")
                    self.sets_self.update(named)
                case ast.Call(func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"), args=[name, *_]):
                    self.imports.extend(_imported_by_call(name))
                case ast.Call(func=ast.Name(id="setattr" | "delattr" | "exec")):
                    self.sets.add("")
                case ast.Call(func=ast.Name(id="globals" | "vars" | "locals")) | ast.Attribute(attr="__dict__"):
                    self.sets.add("")
                case ast.Subscript(slice=ast.Constant(value=str(name)), ctx=ast.Store()):
                    self.sets.add(name)
                case _:
                    pass


_BIND_NOTHING = (ast.Return, ast.Raise, ast.Pass, ast.Break, ast.Continue, ast.Nonlocal)
_FILLING = frozenset({"append", "add", "setdefault", "insert", "appendleft", "update", "extend"})


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
    """`a.b.C`, `C` and `C[T]` are "C"; anything else is ""."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=inner):
            return _last_name(inner)
        case _:
            return ""


def _inner_statements(node: ast.stmt) -> Iterator[ast.stmt]:
    for name in ("finalbody", "orelse", "body"):
        yield from reversed(getattr(node, name, ()))
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield from reversed(part.body)


# files that do not parse


def _recovered(text: str, error: BaseException) -> Layout:
    """Takes the text apart at lines that can only begin a top-level statement."""
    lines = split_lines(text)
    builder = _Builder(text)
    problems: list[tuple[int, str]] = []
    if "\0" in text or len(lines) > 200_000:
        return builder.finish([(1, str(error))])
    for first, last in _chunks(lines, 0, len(lines), 0):
        _recover_chunk(builder, lines, first, last, problems)
    if not problems:
        problems.append((getattr(error, "lineno", None) or 1, str(getattr(error, "msg", None) or error)))
    return builder.finish(problems)


def _recover_chunk(builder: _Builder, lines: list[str], first: int, last: int, problems: list[tuple[int, str]]) -> None:
    try:
        builder.add(parse("".join(lines[first:last])).body, first)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        if not _recover_class(builder, lines, first, last, problems):
            _note_broken(builder, first, last, error, problems, None)


def _note_broken(
    builder: _Builder, first: int, last: int, error: BaseException, problems: list[tuple[int, str]], owner: str | None,
    shift: int = 0,
) -> None:  # fmt: skip
    line = first + max((getattr(error, "lineno", None) or 1) - shift, 1)
    why = str(getattr(error, "msg", None) or error)
    problems.append((line, why))
    builder.add_broken(first, last, line, why, owner)


def _recover_class(builder: _Builder, lines: list[str], first: int, last: int, problems: list[tuple[int, str]]) -> bool:
    """A class of which a member is broken: its header and its other members stay alive."""
    start = next((i for i in range(first, last) if lines[i].startswith("class ")), None)
    if start is None:
        return False
    end = next((i for i in range(start, last) if lines[i].rstrip().endswith(":")), None)
    body = None if end is None else next((i for i in range(end + 1, last) if lines[i].strip()), None)
    if end is None or body is None:
        return False
    indent = len(lines[body]) - len(lines[body].lstrip())
    try:
        header = parse("".join(lines[first : end + 1]) + " pass\n").body
    except (SyntaxError, ValueError):
        return False
    if indent == 0 or len(header) != 1 or not isinstance(header[0], ast.ClassDef):
        return False
    key = builder.add_class_header(header[0], first, end + 1)
    for inner_first, inner_last in _chunks(lines, body, last, indent):
        source = "class _:\n" + "".join(lines[inner_first:inner_last])
        try:
            tree = parse(source)
            assert isinstance(tree.body[0], ast.ClassDef)
            builder.add(tree.body[0].body, inner_first - 1, key)
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            _note_broken(builder, inner_first, inner_last, error, problems, key, 1)
    return True


_CONTINUES = ("else", "elif", "except", "finally", ")", "]", "}", "#")


def _chunks(lines: list[str], first: int, last: int, indent: int) -> Iterator[tuple[int, int]]:
    """Stretches that begin at a line of exactly this indentation that can begin a statement; decorators stay with what
    they decorate."""
    starts: list[int] = []
    decorated = False
    for index in range(first, last):
        line = lines[index]
        stripped = line.lstrip()
        if not stripped or len(line) - len(stripped) > indent or stripped.startswith(_CONTINUES):
            continue
        if not decorated:
            starts.append(index)
        decorated = stripped.startswith("@")
    if not starts:
        yield first, last
        return
    for start, end in zip(starts, [*starts[1:], last], strict=True):
        yield start, end
