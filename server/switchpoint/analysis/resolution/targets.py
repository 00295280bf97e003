"""What an assignment to an attribute writes to, as far as the text tells.

In: the base of `base.name = value`, in the frame of the function around it. Out: the modules, classes and instances
that it names. Only names, receivers, annotations and objects just made are looked at: to follow every value that is
ever assigned to would be to evaluate the whole program for each attribute. What is not told is an unknown. This module
must not know what suspends.
"""

from __future__ import annotations

import re

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.setters import ANYTHING
from switchpoint.analysis.ir.summaries import Asking, function_form, piece, scope, text
from switchpoint.analysis.resolution import (
    annotations,
    callers,
    calls,
    classes,
    containers,
    evaluation,
    importing,
    names,
    stored_attributes,
    type_variables,
)
from switchpoint.analysis.resolution.program import Program, imported
from switchpoint.analysis.resolution.values import (
    NONE,
    ClassValue,
    Definition,
    DisplayValue,
    Frame,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    UnknownValue,
    Value,
    Values,
    join,
    one,
    unknown,
)
from switchpoint.analysis.verdicts import Unresolved

_UNTOLD = unknown(Unresolved.PARAMETER, "what an attribute is set on")
_DECORATED = unknown(Unresolved.VALUE, "a class that is decorated")
_FOLLOWED = (
    f.Global, f.Attribute, f.Local, f.Subscript, f.Call, f.Narrowed, f.Element, f.Elements, f.Choice, f.Display,
)  # fmt: skip


def targets(program: Program, frame: Frame, base: f.Expr) -> Asking:
    """What `base` names; an unknown where that would have to be computed."""
    match base:
        case _ if base == ANYTHING:
            return (yield anything(frame.function.definition.path))
        case f.Global(name=name) | f.Scoped(name=name):
            return (yield _named(frame.function.definition.path, name))
        case f.Attribute(name="f_globals"):  # of this file's frame, or of whoever calls
            return join((one(_module(program, frame.function.definition.path)), _UNTOLD))
        case f.Attribute(base=inner, name=name):
            owners = yield from targets(program, frame, inner)
            if name == "__globals__":
                return _modules_of(program, owners)
            return (yield from _members(program, frame, owners, name))
        case f.Local(reaching=reaching):
            return (yield from _local(program, frame, reaching))
        case f.Subscript(base=f.Attribute(base=f.Global(name="sys"), name="modules"), index=index):
            return (yield from _by_module_name(program, frame, index))
        case f.Narrowed(value=inner):
            return (yield from targets(program, frame, inner))
        case f.Element() | f.Elements():
            return (yield from _element(program, frame, base))
        case f.Choice(options=options):
            parts: list[Values] = []
            for option in options:
                parts.append((yield from targets(program, frame, option)))
            return join(parts)
        case f.Call(arguments=(f.Const(value=str(name)), *rest)) if imports_by_call(base):
            whole = rest or not isinstance(base.function, f.Global)
            top = name if whole else name.partition(".")[0]
            return one((yield imported(frame.function.definition.path, top, 0)))
        case f.Display(kind=kind, items=items):
            return one((yield from _display(program, frame, kind, items)))
        case f.Closure(name=name):
            return one((yield from _defined(frame, name)))
        case f.Call(function=f.Attribute(name="__new__"), arguments=(cls, *_)):
            return _made((yield from targets(program, frame, cls)))
        case f.Call(function=f.Global(name="type"), arguments=(inner,)):
            return _classes_of((yield from targets(program, frame, inner)))
        case f.Call(function=function, arguments=arguments):
            made = yield from targets(program, frame, function)
            is_said = program.is_own(frame.function.definition.path) and not any(
                isinstance(v, ClassValue) for v in made
            )
            if not is_said:
                return _made(made)
            through = yield from _handed_through(program, frame, made, arguments)
            return join((through, (yield from _said(program, frame, made, arguments))))
        case _:
            return _UNTOLD


def _defined(frame: Frame, name: str) -> Asking:
    """The function or class of that name in a piece, before its decorators."""
    inner = evaluation.closure(frame, name)
    whole: f.PieceForm = yield piece(inner.definition.path, inner.definition.piece)
    return ClassValue(inner.definition, inner.frame) if name in whole.classes else inner


def _display(program: Program, frame: Frame, kind: str, items: tuple[f.Expr, ...]) -> Asking:
    parts: list[Values] = []
    for item in items:
        told = yield from targets(program, frame, item)
        if program.is_own(frame.function.definition.path):
            told = yield from containers.with_fillings(program, frame, item, told)
        parts.append(told)
    return DisplayValue(kind, tuple(parts), (None,) * len(parts) if kind == "dict" else ())


def _made(made: Values) -> Values:
    return frozenset(InstanceValue(v) for v in made if isinstance(v, ClassValue)) or _UNTOLD


def _handed_through(program: Program, frame: Frame, functions: Values, arguments: tuple[f.Expr, ...]) -> Asking:
    """What functions that return a parameter as it came in were given for it, as `cast` is."""
    parts: list[Values] = []
    for function in functions:
        form: f.FunctionForm | None = None
        if isinstance(function, FunctionValue):
            form = yield function_form(*function.definition)
        if form is None or form.kind is not f.FunctionKind.PLAIN:
            continue
        through = _returned_as_given(form)
        for parameter, argument in zip(form.parameters, arguments, strict=False):
            if parameter.name in through:
                parts.append((yield from targets(program, frame, argument)))
    return frozenset(v for v in join(parts) if not isinstance(v, UnknownValue))


def _returned_as_given(form: f.FunctionForm) -> list[str]:
    reaching = [index for value, _ in form.returns if isinstance(value, f.Local) for index in value.reaching]
    sources = [form.bindings[index].source for index in reaching]
    return [source.name for source in sources if isinstance(source, f.FromParameter)]


def _said(program: Program, frame: Frame, functions: Values, arguments: tuple[f.Expr, ...]) -> Asking:
    """What functions say that they give: of a class, or what came in, as `copy` does; they may give others."""
    parts: list[Values] = []
    for function in functions:
        if isinstance(function, FunctionValue):
            parts.append((yield from _said_by(program, frame, function, arguments)))
    return join((_UNTOLD, frozenset(v for v in join(parts) if isinstance(v, InstanceValue))))


def _said_by(program: Program, frame: Frame, function: FunctionValue, arguments: tuple[f.Expr, ...]) -> Asking:
    stub: FunctionValue | None = yield from calls.in_stub(program, function)
    described = stub or function
    form: f.FunctionForm | None = yield function_form(*described.definition)
    if form is None or form.annotation is None or form.kind is not f.FunctionKind.PLAIN:
        return NONE
    given: list[tuple[str, Values]] = []
    for parameter, argument in zip(form.parameters, arguments, strict=False):
        given.append((parameter.name, (yield from targets(program, frame, argument))))
    came_in: Values = yield from type_variables.solved(program, form, form, described.definition.path, tuple(given))
    outer = evaluation.definition_frame(described, form)
    return came_in or (yield from annotations.instances(program, outer, form.annotation))


def _classes_of(values: Values) -> Values:
    owners = [v.cls for v in values if isinstance(v, InstanceValue)]
    return frozenset(ClassValue(cls.definition, cls.frame, True) for cls in owners) or _UNTOLD


def _element(program: Program, frame: Frame, base: f.Element | f.Elements) -> Asking:
    """What is unpacked from what is told, or what one step of iterating over that gives."""
    match base:
        case f.Element(value=f.Display(items=items), index=int(place)) if place < len(items):
            return (yield from targets(program, frame, items[place]))
        case f.Element(value=f.Elements(iterable=f.Call(function=f.Attribute(base=inner, name="items"))), index=1):
            return _items((yield from targets(program, frame, inner)))
        case f.Element(value=inner, index=int(place)):
            return _items((yield from targets(program, frame, inner)), place)
        case f.Elements(iterable=f.Call(function=f.Attribute(base=inner, name="values"), arguments=())):
            return _items((yield from targets(program, frame, inner)))
        case f.Elements(iterable=inner):
            told = yield from targets(program, frame, inner)
            if program.is_own(frame.function.definition.path):
                told = yield from containers.with_fillings(program, frame, inner, told)
            return _items(told)
        case _:
            return _UNTOLD


def _items(values: Values, place: int | None = None) -> Values:
    """What stands in the displays among these: at one place, or anywhere."""
    parts: list[Values] = []
    for value in values:
        inside = value.items if isinstance(value, DisplayValue) else ()
        parts.extend(inside if place is None else inside[place : place + 1])
    return join(parts) or _UNTOLD


def imports_by_call(base: f.Expr) -> bool:
    """`import_module("a.b")`, and `__import__("a.b")`, which gives `a` unless it is asked for names."""
    match base:
        case f.Call(function=f.Global(name=name)):
            return name in ("__import__", "import_module")
        case f.Call(function=f.Attribute(name=name)):
            return name == "import_module"
        case _:
            return False


def _modules_of(program: Program, functions: Values) -> Values:
    """The modules whose names these functions read."""
    paths = [v.definition.path for v in functions if isinstance(v, FunctionValue)]
    return frozenset(_module(program, path) for path in paths) or _UNTOLD


def _module(program: Program, path: str) -> ModuleValue:
    return ModuleValue(program.module_name(path), path, path.endswith("__init__.py"))


@query(bottom=lambda *_: NONE, widen=lambda *_: _UNTOLD)
def _named(program: Program, path: str, name: str) -> Asking:
    """A module-level name that a definition, an import, or an assignment of something that is told binds."""
    pieces: dict[str, list[str]] = yield scope(path, None)
    parts: list[Values] = []
    for key in pieces.get(name, ()):
        form: f.FunctionForm = yield function_form(path, key, "")
        sources = [binding.source for binding in form.bindings if binding.name == name]
        if any(isinstance(source, f.FromDefinition | f.FromImport) for source in sources):
            return (yield names.global_value(path, name))
        for source in sources:
            if isinstance(source, f.FromValue) and isinstance(source.value, _FOLLOWED):
                parts.append(
                    (yield from targets(program, Frame(FunctionValue(Definition(path, key, "")), ()), source.value))
                )
    for key in pieces.get("*", ()):
        parts.extend((yield from _named_by_stars(path, key, name)))
    return join(parts) or _UNTOLD


def _named_by_stars(path: str, key: str, name: str) -> Asking:
    """What that name is in the modules from which a piece imports all."""
    form: f.FunctionForm = yield function_form(path, key, "")
    parts: list[Values] = []
    for source in (binding.source for binding in form.bindings):
        if isinstance(source, f.FromStar):
            owner: ModuleValue | UnknownValue = yield imported(path, source.module, source.level)
            if isinstance(owner, ModuleValue) and owner.path:
                parts.append((yield _named(owner.path, name)))
    return parts


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def anything(program: Program, path: str) -> Asking:
    """The user's classes, modules and objects that a file has names for, and the file's own module."""
    parts: list[Values] = [one(_module(program, path))]
    for name in (yield scope(path, None)):
        parts.append((yield _named(path, name)))
    found = (v for part in parts for v in part)
    return frozenset(v for v in found if program.is_own(_path_of(v)))


def _path_of(value: Value) -> str:
    match value:
        case ModuleValue(path=path):
            return path or "."
        case ClassValue(definition=definition) | InstanceValue(cls=ClassValue(definition=definition)):
            return definition.path
        case _:
            return ".pyi"


def _local(program: Program, frame: Frame, reaching: tuple[int, ...]) -> Asking:
    form: f.FunctionForm | None = yield function_form(*frame.function.definition)
    if form is None:
        return _UNTOLD
    parts: list[Values] = []
    for index in reaching:
        parts.append((yield from _bound(program, frame, form, form.bindings[index].source)))
    return join(parts) or _UNTOLD


def _members(program: Program, frame: Frame, owners: Values, name: str) -> Asking:
    parts: list[Values] = []
    for owner in owners:
        if isinstance(owner, ModuleValue):
            parts.append((yield names.module_attribute(owner, name, frame.function.definition.path)))
        elif isinstance(owner, ClassValue) and name == "__class__":
            parts.append(_UNTOLD)
        elif isinstance(owner, InstanceValue) and name == "__class__":
            parts.append(_classes_of(one(owner)))
        elif isinstance(owner, InstanceValue) and program.is_own(owner.cls.definition.path):
            parts.append(join((_UNTOLD, (yield _stored(owner.cls, name)))))
        elif isinstance(owner, ClassValue):
            held: Values = yield classes.own_member(owner, name)
            is_own = program.is_own(owner.definition.path)
            parts.append(join((held, _UNTOLD, (yield _stored(owner, name)))) if is_own else held)
    return join(parts) or _UNTOLD


@query(bottom=lambda *_: NONE, widen=lambda *_: NONE)
def _stored(program: Program, cls: ClassValue, name: str) -> Asking:
    """What methods of a class or one above it visibly store under a name on their first parameter: the class, too."""
    parts: list[Values] = []
    for above in (yield classes.order(cls)):
        for method, store in (
            (yield from stored_attributes.own_stores(above, name)) if isinstance(above, ClassValue) else ()
        ):
            if isinstance(store.value, _FOLLOWED):
                parts.append((yield from targets(program, Frame(method, ()), store.value)))
    return frozenset(v for v in join(parts) if not isinstance(v, UnknownValue))


def _bound(program: Program, frame: Frame, form: f.FunctionForm, source: f.Source) -> Asking:
    match source:
        case f.FromParameter(name=name):
            return (yield from _parameter(program, frame, form, name))
        case f.FromDefinition(name=name):
            return one((yield from _defined(frame, name)))
        case f.FromImport():
            return (yield from importing.from_import(program, frame.function.definition.path, source))
        case f.FromValue(value=value) if isinstance(value, _FOLLOWED):
            return (yield from targets(program, frame, value))
        case _:
            return _UNTOLD


def _parameter(program: Program, frame: Frame, form: f.FunctionForm, name: str) -> Asking:
    """A receiver, or what the annotation of another parameter admits."""
    declared = next((p for p in form.parameters if p.name == name), None)
    if declared is None:
        return _UNTOLD
    if name == ".0" and declared.default is not None:  # what a generator expression iterates over
        return (yield from targets(program, evaluation.definition_frame(frame.function, form), declared.default))
    if form.owner is not None and declared is form.parameters[0]:
        receiver = yield from classes.receiver_of(program, frame.function, form)
        return _UNTOLD if receiver is None else one(receiver)
    here = frame.function.definition
    if declared is form.parameters[0] and (yield decorates_classes(here.path, here.name)):
        return _DECORATED
    if declared.annotation is None:
        if not program.is_own(frame.function.definition.path):
            return _UNTOLD
        return join((_UNTOLD, (yield callers.passed(FunctionValue(frame.function.definition), name))))
    outer = evaluation.definition_frame(frame.function, form)
    return (yield from annotations.instances(program, outer, declared.annotation))


@query()
def decorates_classes(_: Program, path: str, name: str) -> Asking:
    """Whether a file uses the name of one of its functions for nothing but to decorate classes."""
    source: str | None = yield text(path)
    if source is None or not name.isidentifier():
        return False
    word = re.escape(name)
    told = len(re.findall(rf"^def {word}\(", source, re.M))
    decorated = len(re.findall(rf"^[ \t]*@{word}[ \t]*\n(?:[ \t]*@.*\n)*[ \t]*class\b", source, re.M))
    return told == 1 and decorated > 0 and len(re.findall(rf"\b{word}\b", source)) == told + decorated


def _by_module_name(program: Program, frame: Frame, index: f.Expr) -> Asking:
    path = frame.function.definition.path
    match index:
        case f.Const(value=str(name)):
            return (yield from by_dotted_name(program, frame, name))
        case f.Global(name="__name__"):
            return one(_module(program, path))
        case _:
            return _UNTOLD


def by_dotted_name(program: Program, frame: Frame, dotted: str) -> Asking:
    """A module, or what the module of a shorter name has under the rest: `package.module.Class`."""
    found: ModuleValue | UnknownValue = yield imported(frame.function.definition.path, dotted, 0)
    shorter, _, name = dotted.rpartition(".")
    if isinstance(found, ModuleValue) or not shorter:
        return one(found)
    owners: Values = yield from by_dotted_name(program, frame, shorter)
    return (yield from _members(program, frame, owners, name))
