"""The shape of the product's modules: length, docstrings, names, and who may touch what."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from house import sources

MODULES = [pytest.param(path, id=sources.place(path)) for path in sources.module_paths()]
FILE_LIMIT = 400
FUNCTION_LIMIT = 50
REFUSED_NAMES = {"utils", "common", "helpers", "core", "manager"}
DISK_READERS = ("analysis/files.py", "analysis/files/", "observer.py", "observer/")
DISK_CALLS = {
    *("open", "read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "glob", "rglob", "scandir"),
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
def test_what_is_public_is_documented(path: Path) -> None:
    tree = sources.tree_of(path)
    if not tree.body:
        return
    public = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]
    assert ast.get_docstring(tree), "the module says what goes in, what comes out, what it must not know"
    assert [node.name for node in public if not ast.get_docstring(node)] == []


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
    assert len(users) == 1, users


def test_settings_import_nothing_of_ours() -> None:
    assert "switchpoint" not in sources.imported_by(sources.PACKAGE / "settings.py")


@pytest.mark.parametrize("path", MODULES)
def test_broad_except_stands_only_at_a_boundary(path: Path) -> None:
    guards = [
        node for node in ast.walk(sources.tree_of(path)) if isinstance(node, ast.ExceptHandler) and is_broad(node)
    ]
    assert len(guards) <= (1 if sources.place(path).startswith(("cli.py", "lsp/", "observer")) else 0)


def is_broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}
    )


def disk_calls(path: Path) -> list[ast.Call]:
    calls = [node for node in ast.walk(sources.tree_of(path)) if isinstance(node, ast.Call)]
    return [call for call in calls if called_name(call) in DISK_CALLS]


def called_name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
