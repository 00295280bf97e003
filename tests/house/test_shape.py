"""The shape of the product's modules: length, docstrings, names, and who may touch what."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from house import sources

MODULES = [pytest.param(path, id=sources.place(path)) for path in sources.module_paths()]
FILE_LIMIT = 400
FUNCTION_LIMIT = 50
SELF_EVIDENT = 12
REFUSED_NAMES = {"utils", "common", "helpers", "core", "manager"}
DISK_READERS = ("analysis/files.py", "analysis/files/", "observer.py", "observer/")
BOUNDARIES = ("cli.py", "lsp/worker.py", "observer/", "analysis/engine/rising.py")
"""The engine's: what a question raises that was settled before anybody asked it comes out to who does ask."""
OPEN_MODE = re.compile(r"[rwxabt+]*")
DISK_CALLS = {
    *("read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "glob", "rglob", "scandir"),
    *("listdir", "is_file", "is_dir", "is_symlink", "exists", "stat", "lstat", "mkdir", "unlink", "readlink"),
}


@pytest.mark.parametrize("path", MODULES)
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LIMIT


@pytest.mark.parametrize("path", MODULES)
def test_functions_are_short(path: Path) -> None:
    long = [
        node.name for node in sources.functions_of(path) if (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LIMIT
    ]
    assert long == []


@pytest.mark.parametrize("path", MODULES)
def test_module_says_what_it_is(path: Path) -> None:
    """What goes in, what comes out, what it must not know. An empty `__init__.py` is nothing."""
    tree = sources.tree_of(path)
    assert not tree.body or ast.get_docstring(tree)


@pytest.mark.parametrize("path", MODULES)
def test_what_is_public_is_documented(path: Path) -> None:
    """What its name and its few lines do not say already."""
    public = [
        node
        for node in sources.tree_of(path).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]
    long = [node for node in public if (node.end_lineno or 0) - node.lineno >= SELF_EVIDENT]
    assert [node.name for node in long if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("path", MODULES)
def test_names_say_what_is_inside(path: Path) -> None:
    assert not REFUSED_NAMES & {part.removesuffix(".py") for part in sources.place(path).split("/")}


@pytest.mark.parametrize("path", MODULES)
def test_only_files_and_the_observer_touch_the_disk(path: Path) -> None:
    if sources.place(path).startswith(DISK_READERS):
        return
    assert [f"line {node.lineno}: {ast.unparse(node.func)}" for node in disk_calls(path)] == []


def test_the_disk_scan_sees_a_reader() -> None:
    readers = [path for path in sources.module_paths() if sources.place(path).startswith("analysis/files")]
    assert any(disk_calls(path) for path in readers)


@pytest.mark.parametrize("library", ["jedi", "libcst"])
def test_one_module_knows_the_library(library: str) -> None:
    users = [sources.place(path) for path in sources.module_paths() if library in sources.imported_by(path)]
    # jedi may have no user: its stubs are read as text, and it is asked nothing where asking was measured not to pay.
    assert len(users) <= 1, users
    assert users or library == "jedi"


def test_settings_import_nothing_of_ours() -> None:
    assert "switchpoint" not in sources.imported_by(sources.PACKAGE / "settings.py")


@pytest.mark.parametrize("path", MODULES)
def test_broad_except_is_the_one_guard_of_a_boundary(path: Path) -> None:
    guards = [guards_of(function) for function in sources.functions_of(path)]
    assert max(guards, default=0) <= (1 if sources.place(path).startswith(BOUNDARIES) else 0)


def guards_of(function: ast.AST) -> int:
    """Broad handlers that do not raise again."""
    handlers = [node for node in ast.walk(function) if isinstance(node, ast.ExceptHandler)]
    return sum(is_broad(handler) and not isinstance(handler.body[-1], ast.Raise) for handler in handlers)


def is_broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}
    )


def disk_calls(path: Path) -> list[ast.Call]:
    calls = [node for node in ast.walk(sources.tree_of(path)) if isinstance(node, ast.Call)]
    return [call for call in calls if is_disk_call(call)]


def is_disk_call(call: ast.Call) -> bool:
    match call:
        case ast.Call(args=[ast.Attribute(value=ast.Name(id="os"), attr="devnull"), *_]):
            return False
        case ast.Call(func=ast.Name(id="open") | ast.Attribute(value=ast.Name(id="os" | "io"), attr="open")):
            return True
        case ast.Call(func=ast.Attribute(attr="open"), args=[]):
            return True
        case ast.Call(func=ast.Attribute(attr="open"), args=[ast.Constant(value=str(mode)), *_]):
            return OPEN_MODE.fullmatch(mode) is not None
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in DISK_CALLS
        case _:
            return False
