"""Which file an import means."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from files.layouts import can_link, installation, put, site, write
from switchpoint.analysis.files import Editable, Environment, ModuleFile, ModuleKind, Modules, find_environment


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.setenv("PYTHONUSERBASE", str(tmp_path / "no-user-base"))
    return find_environment(tmp_path, installation(tmp_path / "base"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    return site(tmp_path / "base")


def found(modules: Modules, name: str, near: Path | None = None) -> ModuleFile:
    module = modules.find(name, near)
    assert module is not None
    assert module.name == name
    return module


def test_roots_then_standard_library_then_packages(environment: Environment, root: Path, installed: Path) -> None:
    write(root, "pkg/__init__.py", "pkg/mod.py")
    write(installed, "pkg/__init__.py", "asyncio/__init__.py", "other.py")
    modules = Modules(environment, [root])
    assert found(modules, "pkg").path == root / "pkg" / "__init__.py"
    assert found(modules, "pkg").is_package
    assert found(modules, "pkg.mod").path == root / "pkg" / "mod.py"
    assert not found(modules, "pkg.mod").is_package
    assert found(modules, "asyncio").path == environment.stdlib / "asyncio" / "__init__.py"
    assert found(modules, "other").path == installed / "other.py"
    assert {found(modules, name).kind for name in ("pkg", "pkg.mod", "asyncio")} == {ModuleKind.SOURCE}


@pytest.mark.parametrize("name", ["gone", "pkg.gone", "gone.mod", "pkg.mod.deeper", "", ".", "pkg.", "pkg..mod", "a-b"])
def test_what_is_not_there(environment: Environment, root: Path, name: str) -> None:
    write(root, "pkg/__init__.py", "pkg/mod.py", "a-b.py")
    assert Modules(environment, [root]).find(name) is None


def test_a_name_without_end_is_refused(environment: Environment, root: Path) -> None:
    assert Modules(environment, [root]).find(".".join(["a"] * 100_000)) is None


def test_a_package_comes_before_a_module_and_a_module_before_a_folder(environment: Environment, root: Path) -> None:
    write(root, "a/__init__.py", "a.py", "b/inner.py", "b.py")
    modules = Modules(environment, [root])
    assert found(modules, "a").path == root / "a" / "__init__.py"
    assert found(modules, "b").path == root / "b.py"
    assert modules.find("b.inner") is None


def test_namespace_portions_are_joined(environment: Environment, root: Path, installed: Path) -> None:
    write(root, "ns/one.py")
    write(installed, "ns/two.py", "ns/sub/three.py")
    modules = Modules(environment, [root])
    assert found(modules, "ns") == ModuleFile(
        "ns", ModuleKind.NAMESPACE, None, is_package=True, portions=(root / "ns", installed / "ns")
    )
    assert found(modules, "ns.one").path == root / "ns" / "one.py"
    assert found(modules, "ns.two").path == installed / "ns" / "two.py"
    assert found(modules, "ns.sub.three").path == installed / "ns" / "sub" / "three.py"


def test_a_regular_package_wins_over_a_namespace_before_it(
    environment: Environment, root: Path, installed: Path
) -> None:
    write(root, "redis/redis.conf")
    write(installed, "redis/__init__.py")
    assert found(Modules(environment, [root]), "redis").path == installed / "redis" / "__init__.py"


def test_src_layouts(environment: Environment, root: Path) -> None:
    write(root, "src/pkg/__init__.py", "src/pkg/mod.py", "tests/test_it.py")
    modules = Modules(environment, [root])
    assert found(modules, "pkg.mod").path == root / "src" / "pkg" / "mod.py"
    assert modules.name_of(root / "src" / "pkg" / "mod.py") == "pkg.mod"
    assert modules.name_of(root / "tests" / "test_it.py") == "tests.test_it"


def test_a_src_that_is_a_package_is_no_root(environment: Environment, root: Path) -> None:
    write(root, "src/__init__.py", "src/mod.py")
    modules = Modules(environment, [root])
    assert modules.find("mod") is None
    assert modules.name_of(root / "src" / "mod.py") == "src.mod"


@pytest.mark.parametrize("given", ["", "pkg", "pkg/sub", "pkg/sub/mod.py", "script.py"])
def test_a_root_may_be_a_file_or_within_a_package(environment: Environment, root: Path, given: str) -> None:
    write(root, "pkg/__init__.py", "pkg/sub/__init__.py", "pkg/sub/mod.py", "script.py")
    modules = Modules(environment, [root / given])
    assert found(modules, "pkg.sub.mod").path == root / "pkg" / "sub" / "mod.py"
    assert modules.name_of(root / "pkg" / "sub" / "mod.py") == "pkg.sub.mod"


def test_an_installed_package_as_root_does_not_shadow_the_library(environment: Environment, installed: Path) -> None:
    write(installed, "pkg/__init__.py", "asyncio.py")
    modules = Modules(environment, [installed / "pkg"])
    assert found(modules, "asyncio").path == environment.stdlib / "asyncio" / "__init__.py"


def test_modules_beside_the_importing_file_are_the_last_resort(
    environment: Environment, root: Path, installed: Path
) -> None:
    write(root, "tools/run.py", "tools/helper.py", "tools/redis.py", "tools/asyncio.py")
    write(installed, "redis.py")
    modules, near = Modules(environment, [root]), root / "tools" / "run.py"
    assert modules.find("helper") is None
    assert found(modules, "helper", near).path == root / "tools" / "helper.py"
    assert found(modules, "redis", near).path == installed / "redis.py"
    assert found(modules, "asyncio", near).path == environment.stdlib / "asyncio" / "__init__.py"
    assert modules.find("helper") is None


def test_a_project_nested_in_a_larger_one(environment: Environment, root: Path) -> None:
    write(root, "my-service/app/__init__.py", "my-service/app/main.py", "my-service/app/db.py")
    modules, main = Modules(environment, [root]), root / "my-service" / "app" / "main.py"
    assert modules.name_of(main) == "app.main"
    assert found(modules, "app.db", main).path == main.with_name("db.py")
    relative = modules.find_relative(main, 1, "db")
    assert relative is not None
    assert relative.path == main.with_name("db.py")


def test_nothing_beside_an_installed_file_is_sought(environment: Environment, root: Path) -> None:
    near = put(root / ".venv" / "lib" / "python3.12" / "site-packages" / "folder" / "a.py")
    put(near.with_name("b.py"))
    inside = replace(environment, search_paths=(near.parents[1],))
    assert Modules(inside, [root]).find("b", near) is None


def test_extension_modules(environment: Environment, installed: Path) -> None:
    write(installed, "fast.cpython-312-darwin.so", "fast.py", "old.cpython-310-x86_64-linux-gnu.so", "old.py")
    write(installed, "win.cp312-win_amd64.pyd", "abi.abi3.so", "plain.so", "pkg/__init__.abi3.so", "only.pyc")
    modules = Modules(environment, [])
    kinds = {name: found(modules, name).kind for name in ("fast", "win", "abi", "plain", "pkg", "only", "_asyncio")}
    assert set(kinds.values()) == {ModuleKind.EXTENSION}
    assert found(modules, "old").path == installed / "old.py"
    assert found(modules, "pkg").is_package


def test_builtin_modules(environment: Environment, root: Path) -> None:
    write(root, "sys.py")
    module = found(Modules(environment, [root]), "sys")
    assert module == ModuleFile("sys", ModuleKind.BUILTIN, None, is_package=False)


@pytest.mark.skipif(sys.platform == "win32", reason="C modules of Windows builds are in DLLs of other names")
def test_a_c_module_that_only_the_server_has_as_a_file(environment: Environment) -> None:
    module = Modules(environment, []).find("_ctypes")
    assert module is None or module.kind is ModuleKind.BUILTIN
    assert Modules(environment, []).find("_winapi") is None


def test_stubs_beside_source_and_alone(environment: Environment, root: Path) -> None:
    write(root, "a.py", "a.pyi", "b.pyi", "pkg/__init__.py", "pkg/__init__.pyi", "pkg/c.abi3.so", "pkg/c.pyi")
    write(root, "stubbed/__init__.pyi", "stubbed/d.pyi")
    modules = Modules(environment, [root])
    assert (found(modules, "a").path, found(modules, "a").stub) == (root / "a.py", root / "a.pyi")
    assert found(modules, "b") == ModuleFile(
        "b", ModuleKind.STUB, root / "b.pyi", is_package=False, stub=root / "b.pyi"
    )
    assert found(modules, "pkg").stub == root / "pkg" / "__init__.pyi"
    assert (found(modules, "pkg.c").kind, found(modules, "pkg.c").stub) == (
        ModuleKind.EXTENSION,
        root / "pkg" / "c.pyi",
    )
    assert (found(modules, "stubbed").kind, found(modules, "stubbed.d").kind) == (ModuleKind.STUB, ModuleKind.STUB)


def test_stub_packages(environment: Environment, installed: Path) -> None:
    write(installed, "pkg/__init__.py", "pkg/mod.py", "pkg/sub/__init__.py", "pkg/sub/deep.py", "pkg/bare.py")
    write(installed, "pkg-stubs/__init__.pyi", "pkg-stubs/mod.pyi", "pkg-stubs/sub/__init__.pyi")
    write(installed, "pkg-stubs/sub/deep.pyi", "lone-stubs/__init__.pyi", "lone-stubs/mod.pyi")
    modules, stubs = Modules(environment, []), installed / "pkg-stubs"
    assert found(modules, "pkg").stub == stubs / "__init__.pyi"
    assert found(modules, "pkg").path == installed / "pkg" / "__init__.py"
    assert found(modules, "pkg.mod").stub == stubs / "mod.pyi"
    assert found(modules, "pkg.sub.deep").stub == stubs / "sub" / "deep.pyi"
    assert found(modules, "pkg.bare").stub is None
    assert (found(modules, "lone").kind, found(modules, "lone.mod").kind) == (ModuleKind.STUB, ModuleKind.STUB)
    assert modules.name_of(stubs / "mod.pyi") == "pkg.mod"


def test_editable_installs(environment: Environment, tmp_path: Path) -> None:
    source = write(
        tmp_path / "source", "lib/__init__.py", "lib/mod.py", "one.py", "ns/pkg/__init__.py", "ns/x.py", "setup.py"
    )
    environment = replace(
        environment,
        editables=(
            Editable("renamed", source / "lib"),
            Editable("one", source / "one.py"),
            Editable("ns.pkg", source / "ns" / "pkg"),
            Editable("gone", source / "gone"),
        ),
    )
    modules = Modules(environment, [])
    assert found(modules, "renamed.mod").path == source / "lib" / "mod.py"
    assert modules.name_of(source / "lib" / "mod.py") == "renamed.mod"
    assert modules.name_of(source / "lib" / "__init__.py") == "renamed"
    assert found(modules, "one").path == source / "one.py"
    assert found(modules, "ns").kind is ModuleKind.NAMESPACE
    assert found(modules, "ns.pkg").path == source / "ns" / "pkg" / "__init__.py"
    assert [modules.find(name) for name in ("gone", "setup", "lib", "ns.x")] == [None] * 4


def test_names_are_spelled_as_on_disk(environment: Environment, root: Path) -> None:
    write(root, "Pkg/__init__.py", "Pkg/Mod.py", "Top.py")
    modules = Modules(environment, [root])
    assert [modules.find(name) for name in ("pkg", "top", "TOP", "Pkg.mod", "pkg.Mod")] == [None] * 5
    assert found(modules, "Pkg.Mod").path == root / "Pkg" / "Mod.py"


def test_relative_imports(environment: Environment, root: Path) -> None:
    write(root, "pkg/__init__.py", "pkg/a.py", "pkg/sub/__init__.py", "pkg/sub/b.py", "script.py")
    modules = Modules(environment, [root])

    def path(file: str, level: int, name: str) -> Path | None:
        module = modules.find_relative(root / file, level, name)
        return module.path.relative_to(root) if module and module.path else None

    assert path("pkg/sub/b.py", 2, "a") == Path("pkg/a.py")
    assert path("pkg/sub/b.py", 1, "") == Path("pkg/sub/__init__.py")
    assert path("pkg/sub/__init__.py", 1, "b") == Path("pkg/sub/b.py")
    assert path("pkg/sub/__init__.py", 2, "sub.b") == Path("pkg/sub/b.py")
    assert path("pkg/sub/b.py", 3, "script") is None
    assert path("script.py", 1, "pkg") is None
    assert path("pkg/a.py", 10**6, "b") is None


def test_names_of_files(environment: Environment, root: Path, tmp_path: Path) -> None:
    write(root, "pkg/__init__.py", "pkg/mod.py", "ns/deep/x.py", "my-script.py", "a/__init__.py", "a.py")
    modules = Modules(environment, [root])
    assert modules.name_of(root / "pkg" / "__init__.py") == "pkg"
    assert modules.name_of(root / "ns" / "deep" / "x.py") == "ns.deep.x"
    assert modules.name_of(root / "ns" / "unsaved.py") == "ns.unsaved"
    assert modules.name_of(root / "my-script.py") == "my-script"
    assert modules.name_of(tmp_path / "elsewhere" / "tool.py") == "tool"
    assert modules.name_of(environment.stdlib / "asyncio" / "__init__.py") == "asyncio"


def test_what_changed_is_seen_once_it_is_told(environment: Environment, root: Path) -> None:
    modules = Modules(environment, [root])
    assert modules.find("new") is None
    path = put(root / "new" / "mod.py")
    assert modules.find("new.mod") is None
    modules.forget([path.parent])
    assert found(modules, "new.mod").path == path
    assert found(modules, "new").kind is ModuleKind.NAMESPACE
    modules.forget([put(root / "new" / "__init__.py")])
    assert found(modules, "new").kind is ModuleKind.SOURCE
    path.unlink()
    modules.forget([path])
    assert modules.find("new.mod") is None


def test_a_new_folder_with_its_files_is_seen_when_only_the_file_is_told(environment: Environment, root: Path) -> None:
    modules = Modules(environment, [root])
    assert modules.find("deep") is None
    modules.forget([put(root / "deep" / "down" / "mod.py")])
    assert found(modules, "deep.down.mod").path == root / "deep" / "down" / "mod.py"


def test_a_missing_name_costs_no_look_at_the_disk_once_its_folder_is_known(
    environment: Environment, root: Path
) -> None:
    modules = Modules(environment, [root])
    modules.find("first")
    looked: list[str] = []
    active = True

    def audit(event: str, _: tuple[object, ...]) -> None:
        if active and event in ("os.scandir", "os.listdir", "open"):
            looked.append(event)

    sys.addaudithook(audit)
    try:
        assert [modules.find(f"gone_{count}") for count in range(50)] == [None] * 50
    finally:
        active = False
    assert looked == []


def test_loops_of_links_end(environment: Environment, root: Path) -> None:
    if not can_link(root):
        pytest.skip("this system lets no link be made")
    (root / "loop").symlink_to(root / "loop")
    (root / "pkg").mkdir()
    (root / "pkg" / "pkg").symlink_to(root / "pkg")
    modules = Modules(environment, [root])
    assert modules.find("loop") is None
    assert found(modules, ".".join(["pkg"] * 20)).kind is ModuleKind.NAMESPACE
    assert modules.find(".".join(["pkg"] * 65)) is None
