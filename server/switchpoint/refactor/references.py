"""Where a file says a name, and what for.

In: sources and names. Out: nodes. It errs to the side of seeing too much. This module must not know the analysis.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from switchpoint.refactor.reading import Scope, Source


ANYTHING = ".*"


def mentions(root: ast.AST, name: str) -> Iterator[ast.AST]:
    """Every node inside `root` that says a name, also in a string that is a path to it; not keywords of calls."""
    path = re.compile(rf"(?:.*[.:/])?{re.escape(name)}")
    for node in ast.walk(root):
        if isinstance(node, ast.keyword):
            continue
        for field, value in ast.iter_fields(node):
            if _says(value, name, path, is_dotted=field == "name" or isinstance(node, ast.Constant)):
                yield node
                break


def made_at_run_time(root: ast.AST, name: str, *, by_any: bool) -> Iterator[ast.expr]:
    """Every place that asks for an attribute or a global by a text made at run time that could be this name.

    `by_any` counts texts of which nothing is known, too.
    """
    for node in ast.walk(root):
        match node:
            case ast.Call(func=ast.Name(id="getattr"), args=[_, asked, *_]):
                pass
            case ast.Subscript(value=ast.Call(func=ast.Name(id="globals" | "vars")), slice=asked):
                pass
            case ast.Subscript(value=ast.Attribute(attr="__dict__"), slice=asked):
                pass
            case _:
                continue
        if isinstance(asked, ast.Constant):
            # Written out, it is seen by `mentions`.
            continue
        could_be = _pattern(asked)
        if by_any if could_be == ANYTHING else re.fullmatch(could_be, name, re.DOTALL):
            yield node


def _pattern(made: ast.expr) -> str:
    """What a text can be, as far as it is written there."""
    match made:
        case ast.Constant(value=str(text)):
            return re.escape(text)
        case ast.JoinedStr(values=parts):
            return "".join(_pattern(part) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _pattern(left) + _pattern(right)
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
            return re.sub("%.", ANYTHING, re.escape(text))
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return ANYTHING.join(re.escape(part) for part in re.split(r"\{[^}]*\}", text))
        case _:
            return ANYTHING


def stores(source: Source, scope: Scope, name: str) -> list[ast.AST]:
    """Everything inside a scope that binds a name."""
    found = [node for node in mentions(scope, name) if node is not scope]
    return [node for node in found if not _only_reads(source, node)]


def dotted(node: ast.expr) -> str:
    """A name, or a name and one attribute; "" for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            return f"{name}.{attribute}"
        case _:
            return ""


def objects_of(call: ast.expr) -> set[str]:
    """The variables and attributes that an expression hands over: arguments, and whose method is called."""
    match call:
        case ast.Call(func=ast.Attribute(value=owner)):
            given = [owner, *call.args, *call.keywords]
        case ast.Call():
            given = [*call.args, *call.keywords]
        case _:
            given = [call]
    return {path for node in given for path in paths(node)}


def paths(root: ast.AST) -> Iterator[str]:
    """The dotted paths inside a node, each as long as it goes."""
    if path := path_of(root):
        yield path
        return
    for node in ast.iter_child_nodes(root):
        yield from paths(node)


def path_of(node: ast.AST) -> str:
    """A name with any number of attributes; "" for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attribute):
            return f"{around}.{attribute}" if (around := path_of(value)) else ""
        case _:
            return ""


def imported_names(source: Source) -> set[str]:
    """What the imports of a file call modules, functions and classes."""
    aliases = (node for node in ast.walk(source.tree) if isinstance(node, ast.alias))
    return {(alias.asname or alias.name).partition(".")[0] for alias in aliases}


def imported_from(source: Source, module: str, name: str) -> list[str]:
    """How a file says `module.name`, by its imports at the top, as far as nothing else has those names."""
    found: list[str] = []
    for statement in source.tree.body:
        match statement:
            case ast.Import():
                aliases = [(one, f"{one.asname or one.name}.{name}") for one in statement.names if one.name == module]
            case ast.ImportFrom(module=from_module, level=0) if from_module == module:
                aliases = [(one, one.asname or one.name) for one in statement.names if one.name == name]
            case _:
                continue
        found += [said for alias, said in aliases if _is_only_binding(source, alias, said.partition(".")[0])]
    return found


def _is_only_binding(source: Source, alias: ast.alias, name: str) -> bool:
    """The same import written again binds nothing else; a star below it can bind anything."""
    around = source.parents[alias]
    stars = (each for each in ast.walk(source.tree) if isinstance(each, ast.alias) and each.name == "*")
    if any(star.lineno > alias.lineno for star in stars):
        return False
    return all(_is_same(source, node, alias, around) for node in stores(source, source.tree, name))


def _is_same(source: Source, node: ast.AST, alias: ast.alias, around: ast.AST) -> bool:
    other = source.parents[node]
    if not isinstance(node, ast.alias) or (node.name, node.asname) != (alias.name, alias.asname):
        return False
    return type(other) is type(around) and getattr(other, "module", "") == getattr(around, "module", "")


def _only_reads(source: Source, node: ast.AST) -> bool:
    match node:
        case ast.Name(ctx=ast.Load()) | ast.Attribute() | ast.Constant():
            return True
        case ast.alias():
            # `from name import x` and `import a.name` say the name of a module, and bind another.
            return False
        case ast.ImportFrom():
            return True
        case _:
            return False


def _says(value: object, name: str, path: re.Pattern[str], *, is_dotted: bool) -> bool:
    if isinstance(value, str):
        return value == name or (is_dotted and len(value) < 200 and path.fullmatch(value) is not None)
    if isinstance(value, list):
        return any(isinstance(each, str) and each == name for each in cast("list[object]", value))
    return False
