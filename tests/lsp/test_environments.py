"""Environments and files that come, go and change while the editor is open."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from lsprotocol import types

from lsp.editor import Editor, editing

pytestmark = pytest.mark.asyncio

PROGRAM = "from library import work\n\n\nasync def main():\n    await work()\n"
QUIET = "async def work():\n    return 1\n"
SWITCHES = "import asyncio\n\n\nasync def work():\n    await asyncio.sleep(1)\n"
INLINE = [("await work()", "inline")]
MAY_SWITCH = [("await work()", "may switch")]


async def test_a_new_file_that_resolves_an_import(tmp_path: Path) -> None:
    library = tmp_path / "library.py"
    async with editing(tmp_path) as editor:
        uri = editor.open("program.py", PROGRAM)
        assert await editor.hints(uri) == MAY_SWITCH
        assert "import of `library` was not found" in await editor.hover(uri, "await")
        tell(editor, library, QUIET)
        await editor.until_hints(uri, INLINE)
        library.unlink()
        told(editor, library, types.FileChangeType.Deleted)
        await editor.until_hints(uri, MAY_SWITCH)


async def test_an_environment_that_is_created_and_removed(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        uri = editor.open("program.py", PROGRAM)
        assert await editor.hints(uri) == MAY_SWITCH
        made = environment(tmp_path / ".venv", QUIET)
        told(editor, made / "pyvenv.cfg", types.FileChangeType.Created)
        await editor.until_hints(uri, INLINE)
        shutil.rmtree(made)
        told(editor, made / "pyvenv.cfg", types.FileChangeType.Deleted)
        await editor.until_hints(uri, MAY_SWITCH)


async def test_an_environment_that_a_project_names_later(tmp_path: Path) -> None:
    environment(tmp_path / "elsewhere", QUIET)
    async with editing(tmp_path) as editor:
        uri = editor.open("program.py", PROGRAM)
        assert await editor.hints(uri) == MAY_SWITCH
        tell(editor, tmp_path / "pyproject.toml", '[tool.switchpoint]\npython = "elsewhere"\n')
        await editor.until_hints(uri, INLINE)


async def test_a_package_that_is_installed_later(tmp_path: Path) -> None:
    made = environment(tmp_path / ".venv", None)
    async with editing(tmp_path) as editor:
        uri = editor.open("program.py", PROGRAM)
        assert await editor.hints(uri) == MAY_SWITCH
        tell(editor, site_packages(made) / "library.py", QUIET)
        await editor.until_hints(uri, INLINE)


async def test_an_editable_install_that_comes_later(tmp_path: Path) -> None:
    made = environment(tmp_path / "project" / ".venv", None)
    source = tmp_path / "source"
    source.mkdir()
    (source / "library.py").write_text(QUIET, encoding="utf-8")
    async with editing(tmp_path, folders=[tmp_path / "project"]) as editor:
        uri = editor.open("project/program.py", PROGRAM)
        assert await editor.hints(uri) == MAY_SWITCH
        tell(editor, site_packages(made) / "library.pth", f"{source}\n")
        await editor.until_hints(uri, INLINE)


async def test_folders_have_their_own_environments(tmp_path: Path) -> None:
    for name, library in (("one", QUIET), ("two", SWITCHES)):
        environment(tmp_path / name / ".venv", library)
    async with editing(tmp_path, folders=[tmp_path / "one", tmp_path / "two"]) as editor:
        assert await editor.hints(editor.open("one/program.py", PROGRAM)) == INLINE
        assert await editor.hints(editor.open("two/program.py", PROGRAM)) == MAY_SWITCH
        assert "was not found" not in await editor.hover(editor.uri("two/program.py"), "await")


async def test_a_folder_inside_a_folder_is_the_home_of_its_files(tmp_path: Path) -> None:
    environment(tmp_path / ".venv", SWITCHES)
    environment(tmp_path / "inner" / ".venv", QUIET)
    async with editing(tmp_path, folders=[tmp_path, tmp_path / "inner"]) as editor:
        assert await editor.hints(editor.open("program.py", PROGRAM)) == MAY_SWITCH
        assert await editor.hints(editor.open("inner/program.py", PROGRAM)) == INLINE


async def test_a_folder_that_is_added_and_removed(tmp_path: Path) -> None:
    environment(tmp_path / "two" / ".venv", QUIET)
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    async with editing(tmp_path, folders=[one]) as editor:
        uri = editor.open("two/sub/program.py", PROGRAM)
        await editor.hints(uri)
        folder = types.WorkspaceFolder(two.as_uri(), "two")
        folders(editor, added=[folder], removed=[])
        await editor.until_hints(uri, INLINE)
        folders(editor, added=[], removed=[folder])
        assert await editor.hover(uri, "await")


async def test_a_folder_that_is_not_on_this_disk(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        folders(editor, added=[types.WorkspaceFolder("vscode-vfs://github/some/where", "far")], removed=[])
        folders(editor, added=[types.WorkspaceFolder((tmp_path / "nowhere").as_uri(), "nowhere")], removed=[])
        uri = editor.open("program.py", "async def main():\n    await main()\n")
        assert await editor.hints(uri) == [("await main()", "inline")]


def environment(folder: Path, library: str | None) -> Path:
    """A virtual environment as its files say it, with one module installed."""
    base = Path(sys.base_prefix) / "bin"
    version = ".".join(map(str, sys.version_info[:3]))
    site_packages(folder).mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text(f"home = {base}\nversion = {version}\n", encoding="utf-8")
    if library is not None:
        (site_packages(folder) / "library.py").write_text(library, encoding="utf-8")
    return folder


def site_packages(folder: Path) -> Path:
    if sys.platform == "win32":
        return folder / "Lib" / "site-packages"
    return folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"


def tell(editor: Editor, path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    told(editor, path, types.FileChangeType.Created)


def told(editor: Editor, path: Path, kind: types.FileChangeType) -> None:
    event = types.FileEvent(path.as_uri(), kind)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))


def folders(editor: Editor, added: list[types.WorkspaceFolder], removed: list[types.WorkspaceFolder]) -> None:
    event = types.WorkspaceFoldersChangeEvent(added=added, removed=removed)
    editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))
