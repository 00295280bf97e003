"""Where the bundled type stubs of the standard library stand.

In: a dotted module name. Out: the stub's path. The stubs come with jedi, as text; nothing of jedi is imported here.
They tell types where the standard library's own source has no annotations, and never what a function does.
"""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=4096)
def typeshed_stub(name: str) -> Path | None:
    """The stub of a standard library module, None when there is none."""
    folder = _typeshed()
    if folder is None or not all(part.isidentifier() for part in name.split(".")):
        return None
    base = folder.joinpath(*name.split("."))
    for candidate in (base / "__init__.pyi", base.with_name(base.name + ".pyi")):
        if candidate.is_file():
            return candidate
    return None


@lru_cache(maxsize=1)
def _typeshed() -> Path | None:
    spec = importlib.util.find_spec("jedi")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0], "third_party", "typeshed", "stdlib")
    return folder if folder.is_dir() else None
