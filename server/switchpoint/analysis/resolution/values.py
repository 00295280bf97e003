"""What an expression can be: abstract values, their joins, and the contexts in which functions are judged.

In: nothing. Out: immutable values that can be compared and hashed. A set of values is a join: the expression is one of
them. An empty set is nothing yet (the bottom of a fixpoint). This module must not know how values are found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from switchpoint.analysis.verdicts import Unresolved

if TYPE_CHECKING:
    from collections.abc import Iterable

    from switchpoint.analysis.ir.forms import Call

WIDEST = 48
"""Alternatives of one expression beyond which it is given up as `BUDGET`."""


class Definition(NamedTuple):
    """A function, class or piece: the file, the piece's key, the name within the piece ("" the piece's own code)."""

    path: str
    piece: str
    name: str


@dataclass(frozen=True, slots=True)
class Frame:
    """A function under certain arguments: where expressions are evaluated."""

    function: FunctionValue
    context: Context


@dataclass(frozen=True, slots=True)
class FunctionValue:
    """A function object before decorators. `frame` is the enclosing function's activation for a closure."""

    definition: Definition
    frame: Frame | None = None


@dataclass(frozen=True, slots=True)
class ClassValue:
    """A class object. `is_open`: it may be any subclass as well (the `cls` of a classmethod, `type(self)`)."""

    definition: Definition
    frame: Frame | None = None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class InstanceValue:
    """An object of a class. `init` holds the arguments it was constructed with, () when that is not known. `exact`: of
    this very class, not of a subclass. `state` is "fresh" when it was made in this activation, "entered" when it was
    fresh as its `async with` entered it, "pristine" when only its constructor has run: that is tried to prove that a
    fresh future must be waited for, and proves nothing else. `home`: where it was made, if nobody else can have it."""

    cls: ClassValue
    init: Context = ()
    exact: bool = False
    state: str = ""
    home: Home | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """The activation in which a call makes an object, and the one variable that has it, "" if none has."""

    frame: Frame
    made: Call
    name: str


@dataclass(frozen=True, slots=True)
class MethodValue:
    """A function bound to its first argument."""

    function: Value
    receiver: Value


@dataclass(frozen=True, slots=True)
class ActivationValue:
    """What calling an `async def` or a generator function gives: a coroutine, async generator or generator. `phase` of
    an async generator: "new" (made just now), "begun" (surely stepped once), or "any"."""

    function: FunctionValue
    context: Context
    phase: str = "any"


@dataclass(frozen=True, slots=True)
class StepValue:
    """The awaitable that `__anext__`, `asend`, `athrow` or `aclose` of an async generator gives. `phase`: the "first"
    step, a "later" one, or "any"."""

    generator: ActivationValue
    phase: str = "any"


@dataclass(frozen=True, slots=True)
class ModuleValue:
    """`path` is the file that is read for it; "" for a namespace package."""

    name: str
    path: str
    is_package: bool


@dataclass(frozen=True, slots=True)
class PartialValue:
    function: Value
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class ConstValue:
    value: bool | str | None


@dataclass(frozen=True, slots=True)
class NumberValue:
    """A number of which only the sign is known."""

    sign: int


@dataclass(frozen=True, slots=True)
class DisplayValue:
    """A tuple, list, set, dict, or "some" of unknown length. `keys` beside the items of a dict (None: computed).
    `is_open`: something unseen may have changed it since. `is_declared`: all that is known is an annotation, or a class
    from which others may derive. `is_whole`: all that is ever put into it is here."""

    kind: str
    items: tuple[Values, ...]
    keys: tuple[str | None, ...] = ()
    is_open: bool = False
    is_declared: bool = False
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class DescriptorValue:
    """`kind` is property, staticmethod or classmethod."""

    kind: str
    function: Value


@dataclass(frozen=True, slots=True)
class SuperValue:
    """`super()`: attributes after `after` in the order of `receiver`'s class."""

    after: ClassValue
    receiver: Value


@dataclass(frozen=True, slots=True)
class NativeValue:
    """Something that CPython itself implements and `natives` knows, by dotted name."""

    name: str


class CallableType(NamedTuple):
    """`Callable[[A, B], Awaitable[R]]` by where the classes and aliases in it are defined; None: no such name."""

    takes: tuple[Definition | None, ...]
    gives: Definition | None


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """`gives`: what an annotation says that a call of it, or awaiting it, or whatever `by` names, gives. `made_by`: the
    callable type of what was called to get it. Both are shown beside what is not known, and prove nothing. `is_afar`:
    it is no parameter of the user's, or something was made of that."""

    why: Unresolved
    detail: str = ""
    by: str = ""
    gives: frozenset[Value] = frozenset()
    made_by: CallableType | None = None
    is_afar: bool = True

    def given(self, by: str) -> Values:
        """What doing `by` to it gives: nobody knows, and what is said."""
        plain = UnknownValue(self.why, self.detail)
        if by != self.by:
            return frozenset((plain,))
        return frozenset(
            replace(v, why=self.why, detail=self.detail) if isinstance(v, UnknownValue) else v for v in self.gives
        ) | {plain}


@dataclass(frozen=True, slots=True)
class ClaimedValue:
    """What nobody saw, where an annotation claims that it is of one of these classes, or, `as_class`, one of them. It
    stands beside objects of these, and may be whatever else of the user's has what is asked of it."""

    classes: frozenset[ClassValue]
    as_class: bool = False


@dataclass(frozen=True, slots=True)
class NothingValue:
    """An expression that never has a value: it raises, or never returns."""


Value: TypeAlias = (
    FunctionValue
    | ClassValue
    | InstanceValue
    | MethodValue
    | ActivationValue
    | StepValue
    | ModuleValue
    | PartialValue
    | ConstValue
    | NumberValue
    | DisplayValue
    | DescriptorValue
    | SuperValue
    | NativeValue
    | UnknownValue
    | ClaimedValue
    | NothingValue
)
Values: TypeAlias = frozenset[Value]
Context: TypeAlias = tuple[tuple[str, Values], ...]


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call. `rest`: what a `*` of unknown length may hold. `others`: the same of a `**`."""

    positional: tuple[Values, ...] = ()
    keywords: tuple[tuple[str, Values], ...] = ()
    rest: Values = frozenset()
    others: Values = frozenset()


NONE: Values = frozenset()
BUDGET: Values = frozenset({UnknownValue(Unresolved.BUDGET, "too many alternatives")})


def one(value: Value) -> Values:
    return frozenset((value,))


def unknown(why: Unresolved, detail: str = "") -> Values:
    return frozenset((UnknownValue(why, detail[:120]),))


def join(parts: Iterable[Values]) -> Values:
    """Any of these. The result does not depend on the order; too many alternatives are one unknown."""
    found: Values = NONE.union(*parts)
    if len(found) > 1:
        if NothingValue() in found:
            found -= {NothingValue()}
        if found >= BUDGET:
            return BUDGET
        if len(found) > _MOST_DISPLAYS:
            found = _fewer_displays(found)
        if len(found) > WIDEST:
            return _merged(found)
    return found


_MOST_DISPLAYS = 6


def _fewer_displays(found: Values) -> Values:
    """Many containers are one of unknown length that may hold what any of them holds: loops that build them end."""
    displays = [value for value in found if isinstance(value, DisplayValue)]
    if len(displays) <= _MOST_DISPLAYS:
        return found
    items = NONE.union(*(item for display in displays for item in display.items))
    is_open = any(display.is_open for display in displays)
    is_dict = all(display.kind == "dict" for display in displays)
    flat = frozenset(v for v in items if not isinstance(v, DisplayValue))
    if flat != items:
        flat |= {UnknownValue(Unresolved.BUDGET, "containers within containers")}
    is_declared = any(display.is_declared for display in displays)
    kind, keys = ("dict", (None,)) if is_dict else ("some", ())
    merged = DisplayValue(kind, (flat,), keys, is_open, is_declared)
    return frozenset(v for v in found if not isinstance(v, DisplayValue)) | {merged}


def _merged(found: Values) -> Values:
    """Fewer alternatives: instances of one class become one, unknowns become one; if that is not enough, give up."""
    kept: set[Value] = set()
    unknowns: list[UnknownValue] = []
    for value in found:
        match value:
            case InstanceValue(cls=cls):
                kept.add(InstanceValue(cls))
            case UnknownValue():
                unknowns.append(value)
            case _:
                kept.add(value)
    if unknowns:
        kept.add(min(unknowns, key=lambda value: (value.why.value, value.detail)))
    return frozenset(kept) if len(kept) <= WIDEST else BUDGET


def has_unknown(values: Values) -> bool:
    return any(isinstance(value, UnknownValue) for value in values)


def without_unknown(values: Values) -> Values:
    return frozenset(value for value in values if not isinstance(value, UnknownValue))


def settled(values: Values) -> Values:
    """The same values once others have seen them: nothing is fresh any more."""
    if not any(_is_fresh(value) for value in values):
        return values
    return frozenset(_settled(value) for value in values)


def after_entering(values: Values) -> Values:
    """What context managers are at their exit: anyone may have seen them, but their `__aenter__` has run once."""
    return frozenset(
        replace(v, state="entered") if isinstance(v, InstanceValue) and v.state == "fresh" else _settled(v)
        for v in values
    )


def _is_fresh(value: Value) -> bool:
    match value:
        case InstanceValue(state=state):
            return state != ""
        case ActivationValue(phase=phase) | StepValue(phase=phase):
            return phase != "any"
        case MethodValue(receiver=receiver):
            return _is_fresh(receiver)
        case PartialValue(function=function):
            return _is_fresh(function)
        case DisplayValue(items=items):
            return any(_is_fresh(inner) for item in items for inner in item)
        case _:
            return False


def _settled(value: Value) -> Value:
    match value:
        case InstanceValue():
            return replace(value, state="")
        case ActivationValue():
            return ActivationValue(value.function, value.context)
        case StepValue(generator=generator):
            return StepValue(ActivationValue(generator.function, generator.context))
        case MethodValue():
            return MethodValue(value.function, _settled(value.receiver))
        case PartialValue():
            return PartialValue(_settled(value.function), value.arguments)
        case DisplayValue():
            return replace(value, items=tuple(settled(item) for item in value.items))
        case _:
            return value


def steppable(values: Values) -> Values:
    """The same values once they have a name, under which a generator can be stepped more than once."""
    if not any(isinstance(v, ActivationValue | StepValue) and v.phase != "any" for v in values):
        return values
    return frozenset(_settled(v) if isinstance(v, ActivationValue | StepValue) else v for v in values)


def opened(values: Values, opens: bool) -> Values:
    """Mutable containers that others can reach may hold more than was seen, and no more than was declared."""
    if not opens or not any(map(_is_closed, values)):
        return values
    return frozenset(replace(v, is_open=True) if isinstance(v, DisplayValue) and _is_closed(v) else v for v in values)


def taken_out(values: Values) -> Values:
    """What comes out of a container, from which others may take it as well."""
    return opened(values, True)


def _is_closed(value: Value) -> bool:
    return isinstance(value, DisplayValue) and value.kind != "tuple" and not value.is_open and not value.is_declared
