"""Calls that put something in the place of something else by name: `mock.patch` and its like, `monkeypatch.setattr`.

In: a call. Out: where the object and the new value stand among its arguments, and the name, as far as the text tells.
They are known by their shape, whoever defines them. This module must not know what is done with that.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TypeAlias

Place: TypeAlias = "int | str"
"""An argument, by its index or its keyword."""

_MAKING = frozenset({"new", "new_callable", "side_effect", "return_value", "wraps"})
"""Keywords that say how what comes there is made."""

_DOTTED = re.compile(r"([\w.]*)\.([^\W\d]\w*)")


_NAMES = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_PATH = re.compile(rf"({_NAMES.pattern}):({_NAMES.pattern})")
_MADE = (ast.Name, ast.Attribute, ast.Call, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Patch:
    """`owner` is the object, or None where a text names it: `module` is then all before the last dot, None where that
    is computed. `name` None: the name is computed. `value` None: something made for the purpose. `below`: the names
    between the object and the last one."""

    owner: Place | None
    module: str | None
    name: str | None
    value: Place | None
    below: tuple[str, ...] = ()


def patch_of(node: ast.Call) -> Patch | None:
    """What a call replaces; None where it has not the shape of such a call."""
    match node.func:
        case ast.Name(id="patch") | ast.Attribute(attr="patch"):
            return _by_text(node, _place(node, 0, "target"), _place(node, 1, "new"))
        case ast.Attribute(attr="object"):
            return _of_object(node, ("target", "attribute", "new"))
        case ast.Attribute(attr="setattr") if _place(node, 2, "value") is not None:
            return _of_object(node, ("target", "name", "value"))
        case ast.Attribute(attr="setattr"):
            return _by_text(node, _place(node, 0, "target"), _place(node, 1, "name"))
        case _:
            return None


def under_another_name(node: ast.Call) -> Patch | None:
    """What a call of anything else seems to replace: it is given a dotted name as text, and what may come there, or
    else it is given `patch` and such a name, as in `partial(patch, "module.name")`."""
    for function, target in zip(node.args, node.args[1:], strict=False):
        if _last_name(function) == "patch" and (found := split(target)) is not None:
            return Patch(None, found[0], found[1], None)
    wrapped = _wrapped(node)
    if wrapped is not None:
        return wrapped
    first = node.args[0] if node.args and _last_name(node.func) not in ("dict", "multiple") else None
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str) or "." not in first.value:
        return None
    value = _place(node, 1, "new")
    if value is None and not any(keyword.arg in _MAKING for keyword in node.keywords):
        return None
    found = split(first)
    return None if found is None else Patch(None, found[0], found[1], value)


def _wrapped(node: ast.Call) -> Patch | None:
    """`wrap("module", "Class.method", wrapper)`, also of a module itself, and `wrap("module:Class.method", wrapper)`:
    something that is made of the wrapper takes the place."""
    match node.args:
        case [ast.Constant(value=str(text)), made] if isinstance(made, _MADE) and (found := _PATH.fullmatch(text)):
            *below, name = found[2].split(".")
            return Patch(None, ".".join((found[1], *below)), name, None)
        case [owner, ast.Constant(value=str(text)), made] if isinstance(made, _MADE) and _NAMES.fullmatch(text):
            *below, name = text.split(".")
            match owner:
                case ast.Constant(value=str(module)) if _NAMES.fullmatch(module):
                    return Patch(None, ".".join((module, *below)), name, None)
                case ast.Name() | ast.Attribute() if below:
                    return Patch(0, None, name, None, tuple(below))
                case _:
                    return None
        case _:
            return None


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def argument(node: ast.Call, place: Place | None) -> ast.expr | None:
    """The argument in that place."""
    if isinstance(place, int):
        return node.args[place]
    return next((keyword.value for keyword in node.keywords if keyword.arg == place and place), None)


def split(dotted: ast.expr | None) -> tuple[str | None, str] | None:
    """A dotted name as all before the last dot, None where that is computed, and the rest; None where it is no text."""
    match dotted:
        case ast.Constant(value=str(text)):
            found = _DOTTED.fullmatch(text)
            return None if found is None else (found[1], found[2])
        case ast.JoinedStr(values=[*_, ast.Constant(value=str(text))]) | ast.BinOp(right=ast.Constant(value=str(text))):
            found = _DOTTED.fullmatch(text)
            return None if found is None else (None, found[2])
        case _:
            return None


def _place(node: ast.Call, index: int, keyword: str) -> Place | None:
    if index < len(node.args):
        return None if any(isinstance(given, ast.Starred) for given in node.args[: index + 1]) else index
    return keyword if any(given.arg == keyword for given in node.keywords) else None


def _by_text(node: ast.Call, target: Place | None, value: Place | None) -> Patch | None:
    found = split(argument(node, target))
    if found is not None:
        return Patch(None, found[0], found[1], value)
    made = argument(node, target)
    is_computed = isinstance(made, ast.JoinedStr | ast.BinOp) or (
        value is not None and isinstance(made, ast.Name | ast.Attribute | ast.Call)
    )
    return Patch(None, None, None, None) if is_computed and _is_of_mock(node.func) else None


def _is_of_mock(function: ast.expr) -> bool:
    """Whether it is `patch` itself: other objects have methods of that name."""
    match function:
        case ast.Name():
            return True
        case ast.Attribute(value=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in ("mock", "mocker")
        case _:
            return False


def _of_object(node: ast.Call, names: tuple[str, str, str]) -> Patch | None:
    owner, named, value = (_place(node, index, name) for index, name in enumerate(names))
    name = argument(node, named)
    if owner is None or name is None:
        return None
    text = name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else None
    return Patch(owner, None, text, value)
