"""Class decorators that keep their class and generate special methods: `dataclass`, and whatever PEP 681 marks so.

In: a decorator as it stands in the text, or a class. Out: whether it is one of these, and the fields of such a class or
of a `NamedTuple`. This module must not know what suspends.
"""

from __future__ import annotations

from switchpoint.analysis.engine import query
from switchpoint.analysis.ir import forms as f
from switchpoint.analysis.ir.summaries import Asking, piece, scope
from switchpoint.analysis.resolution import classes, targets
from switchpoint.analysis.resolution.program import Program, imported, module_stub
from switchpoint.analysis.resolution.values import ClassValue, Frame, ModuleValue

_FARTHEST = 5


def keeps_class(program: Program, frame: Frame, decorator: f.Expr) -> Asking:
    """Whether a class decorator gives back the class that it is given."""
    function = decorator.function if isinstance(decorator, f.Call) else decorator
    path = frame.function.definition.path
    match function:
        case f.Global(name=name) | f.Scoped(name=name):
            return (yield is_transform(path, name, 0))
        case f.Attribute(base=base, name=name):
            for owner in (yield from targets.targets(program, frame, base)):
                if isinstance(owner, ModuleValue) and (yield is_transform(owner.path, name, 0)):
                    return True
            return False
        case _:
            return False


@query(bottom=lambda *_: False)
def is_transform(program: Program, path: str, name: str, distance: int) -> Asking:
    """Whether a module-level name of a file is `dataclasses.dataclass` or marked `dataclass_transform`, there or in its
    stub."""
    if distance > _FARTHEST or not path:
        return False
    if program.module_name(path) == "dataclasses" and name == "dataclass":
        return True
    stub: str | None = yield module_stub(path)
    if stub is not None and (yield is_transform(stub, name, distance + 1)):
        return True
    pieces: dict[str, list[str]] = yield scope(path, None)
    for key in pieces.get(name, ()):
        whole: f.PieceForm = yield piece(path, key)
        form = whole.functions.get(name)
        if form is not None and any(classes.evaluated_name(d) == "dataclass_transform" for d in form.decorators):
            return True
        for binding in whole.main.bindings:
            if binding.name == name and (yield from _follows(path, binding.source, distance)):
                return True
    return False


def _follows(path: str, source: f.Source, distance: int) -> Asking:
    match source:
        case f.FromImport(module=module, name=str(name), level=level):
            found = yield imported(path, module, level)
            return isinstance(found, ModuleValue) and (yield is_transform(found.path, name, distance + 1))
        case f.FromValue(value=f.Global(name=other)):
            return (yield is_transform(path, other, distance + 1))
        case _:
            return False


@query(bottom=lambda *_: ())
def fields_of(program: Program, cls: ClassValue) -> Asking:
    """The field names of a class with a generated `__init__`, in the order of its parameters; () for other classes."""
    names: dict[str, None] = {}
    generated = False
    for above in reversed((yield classes.order(cls))):
        if not isinstance(above, ClassValue):
            return ()
        form: f.ClassForm | None = yield classes.class_form(above.definition)
        if form is None or above.definition.path.endswith(".pyi"):
            continue
        if (yield from _is_generated(program, above, form)):
            generated = True
            names.update((yield from _annotated_names(above)))
        elif (yield classes.member_bindings(above, "__init__")):
            generated = False
    return tuple(names) if generated else ()


@query(bottom=lambda *_: ())
def own_fields(program: Program, cls: ClassValue) -> Asking:
    """The fields that a class declares, where its `__init__` is generated; () for other classes."""
    form: f.ClassForm | None = yield classes.class_form(cls.definition)
    if form is None or cls.definition.path.endswith(".pyi") or not (yield from _is_generated(program, cls, form)):
        return ()
    names: dict[str, None] = yield from _annotated_names(cls)
    return tuple(names)


def _is_generated(program: Program, cls: ClassValue, form: f.ClassForm) -> Asking:
    """Whether the `__init__` of a class is made from its fields."""
    if any(classes.evaluated_name(base) == "NamedTuple" for base in form.bases):
        return True
    frame = classes.header_frame(cls, form)
    for decorator in form.decorators:
        if (yield from keeps_class(program, frame, decorator)):
            return True
    return False


def _annotated_names(cls: ClassValue) -> Asking:
    names: dict[str, None] = {}
    for _, body in (yield classes.bodies(cls)):
        for binding in body.bindings:
            if isinstance(binding.source, f.FromValue) and binding.source.annotation is not None:
                names[binding.name] = None
    return names
