"""Conditions: which tests are worth trying, and what must be known to try them.

In: the forms of tests, and the bindings so far. Out: branches whose hopeless tests are left out, and the parameters on
which alone a test depends. All of it is decided once, from the text, not for every call. This module must not know
values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from switchpoint.analysis.ir.forms import (
    Attribute,
    Branch,
    Call,
    Choice,
    Compare,
    Const,
    Display,
    Expr,
    Flow,
    Free,
    FromParameter,
    Global,
    Guarded,
    Jump,
    Local,
    Loop,
    Node,
    Not,
    Number,
    Risk,
    Scoped,
    Subscript,
    Suspend,
    Try,
    Yield,
)
from switchpoint.analysis.ir.scopes import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from switchpoint.analysis.ir.forms import Binding, Source


def branch(arms: Iterable[tuple[Expr | None, Flow]], orelse: Flow = (), *, exhaustive: bool = False) -> Branch:
    """A branch. A test that costs more than it can tell is None: where no arm suspends, only cheap ones are tried."""
    suspends = _suspends(orelse)
    kept = [(test if test is None or suspends or is_cheap(test) or _suspends(arm) else None, arm) for test, arm in arms]
    return Branch(tuple(kept), orelse, exhaustive)


def is_cheap(test: Expr) -> bool:
    """Whether a test is worth trying just to tell which bindings are alive: no calls but predicates on names."""
    match test:
        case Const() | Number() | Local() | Free() | Global() | Scoped():
            return True
        case Attribute(base=base):
            return is_cheap(base)
        case Not(value=value):
            return is_cheap(value)
        case Choice(options=options, test=None):
            return all(map(is_cheap, options))
        case Compare(left=left, right=right):
            return is_cheap(left) and is_cheap(right)
        case Subscript(base=base, index=index):
            return is_cheap(base) and is_cheap(index)
        case Display(items=items):
            return len(items) < 6 and all(map(is_cheap, items))
        case Call(function=function, arguments=arguments):
            return len(arguments) in (1, 2) and is_cheap(function) and all(map(is_cheap, arguments))
        case _:
            return False


def parameters_of(
    test: Expr, bindings: Sequence[Binding], narrowed: Mapping[int, frozenset[str] | None]
) -> frozenset[str] | None:
    """The parameters on which a cheap test depends beside what is the same everywhere; None where it also depends on
    something else, or is not cheap. `narrowed`: the same of each binding that narrows a name: every test narrows it
    again, so that following them would cost more with each test."""
    if not is_cheap(test):
        return None
    found: set[str] = set()
    work: list[Expr | None] = [test]
    while work:
        match work.pop():
            case Local(reaching=reaching):
                for index in reaching:
                    below = _parameter_bound(bindings[index].source, narrowed.get(index))
                    if below is None:
                        return None
                    found |= below
            case Free() | Scoped():
                return None
            case Attribute(base=inner) | Not(value=inner):
                work.append(inner)
            case Choice(options=options):
                work.extend(options)
            case Compare(left=left, right=right):
                work.extend((left, right))
            case Call(function=function, arguments=arguments):
                work.extend((function, *arguments))
            case Subscript(base=base, index=key):
                work.extend((base, key))
            case _:
                pass
    return frozen(found)


def _parameter_bound(source: Source, narrowed: frozenset[str] | None) -> frozenset[str] | None:
    return frozenset((source.name,)) if isinstance(source, FromParameter) else narrowed


def _suspends(flow: Flow) -> bool:
    stack: list[Node] = list(flow)
    while stack:
        node = stack.pop()
        match node:
            case Suspend() | Yield():
                return True
            case Branch(arms=arms, orelse=orelse):
                stack.extend(inner for _, arm in arms for inner in arm)
                stack.extend(orelse)
            case Loop(body=body, orelse=orelse, head=head):
                stack.extend((*body, *orelse, *head))
            case Try(body=body, handlers=handlers, orelse=orelse, final=final):
                stack.extend((*body, *orelse, *final, *(inner for handler in handlers for inner in handler)))
            case Guarded(body=body, exits=exits):
                stack.extend((*body, *exits))
            case Jump() | Risk():
                pass
    return False


def narrowable(test: Expr) -> tuple[Local, ...]:
    """The local names about which a test says something."""
    match test:
        case Local():
            return (test,)
        case Not(value=value):
            return narrowable(value)
        case Choice(options=options):
            return tuple(name for option in options for name in narrowable(option))
        case Compare(left=left, right=right):
            return (*narrowable(left), *((right,) if isinstance(right, Local) else ()))
        case Call(arguments=arguments):
            return tuple(argument for argument in arguments[:1] if isinstance(argument, Local))
        case _:
            return ()
