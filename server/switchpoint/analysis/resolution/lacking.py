"""What objects of CPython's own types surely do not have: asking them for it raises.

In: a value and the name of an attribute. Out: True only where no object of that very type has it, and none can be given
it: these have no `__dict__`. A test shows both. This module must not know what the attributes that are there give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, function_form
from switchpoint.analysis.resolution import classes
from switchpoint.analysis.resolution.values import ActivationValue, ClassValue, DisplayValue, InstanceValue, Value

if TYPE_CHECKING:
    from switchpoint.analysis.resolution.program import Program

METHODS = {
    f.FunctionKind.COROUTINE: frozenset({"__await__", "send", "throw", "close"}),
    f.FunctionKind.GENERATOR: frozenset({"__iter__", "__next__", "send", "throw", "close"}),
    f.FunctionKind.ASYNC_GENERATOR: frozenset({"__aiter__", "__anext__", "asend", "athrow", "aclose"}),
}
ACTIVATION_METHODS = frozenset[str]().union(*METHODS.values())
PLAIN_TYPES = frozenset(
    {"bool", "bytearray", "bytes", "complex", "float", "int", "memoryview", "range", "slice", "str"}
)
CONTAINER_NAMES = frozenset(
    {"add", "append", "appendleft", "clear", "copy", "count", "difference", "difference_update", "discard", "extend",
     "extendleft", "fromkeys", "get", "index", "insert", "intersection", "intersection_update", "isdisjoint",
     "issubset", "issuperset", "items", "keys", "mapping", "maxlen", "pop", "popitem", "popleft", "remove", "reverse",
     "rotate", "setdefault", "sort", "symmetric_difference", "symmetric_difference_update", "union", "update",
     "values"}
)  # fmt: skip
"""Of containers, views of them and iterators over them."""
OF_ACTIVATIONS = ("_", "cr_", "gi_", "ag_")
"""How other names than `ACTIVATION_METHODS` begin."""

ASYNC_SPECIALS = frozenset({"__aiter__", "__anext__", "__await__", "__aenter__", "__aexit__"})


def lacks(program: Program, owner: Value, name: str) -> Asking:
    """Whether asking this value for an attribute surely raises; of an instance, once its class was found to lack it."""
    match owner:
        case InstanceValue(cls=cls):
            module, _, kind = program.dotted(cls.definition).rpartition(".")
            is_plain = module == "builtins" and kind in PLAIN_TYPES and _is_told(name)
            return is_plain and (owner.exact or (yield from _has_no_subclass(program, cls)))
        case DisplayValue(is_declared=False):
            return name not in CONTAINER_NAMES and _is_told(name)
        case ActivationValue(function=function):
            if name not in ACTIVATION_METHODS:
                return not name.startswith(OF_ACTIVATIONS)
            form: f.FunctionForm | None = yield function_form(*function.definition)
            return form is not None and form.kind in METHODS and name not in METHODS[form.kind]
        case _:
            return False


def _has_no_subclass(program: Program, cls: ClassValue) -> Asking:
    """Whether nobody but the standard library is seen to derive from a class: what else does takes any attribute."""
    below: tuple[ClassValue, ...] | None = yield classes.subclasses(cls)
    if below is None or program.overrides == "strict":
        return False
    return all(program.in_stdlib(v.definition.path) or v.definition.path.endswith(".pyi") for v in below)


def _is_told(name: str) -> bool:
    """Whether stubs and the table above would have it: of other special names they leave some out."""
    return not name.startswith("_") or name in ASYNC_SPECIALS
