"""Which environment is found, from layouts built as plain folders. No interpreter is run: each would leave a mark."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from files.layouts import can_link, installation, mark_of, put, site, venv, windows_installation
from switchpoint.analysis.files import Editable, EnvironmentNotFound, find_environment


@pytest.fixture(autouse=True)
def _nothing_activated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONUSERBASE", str(tmp_path / "no-user-base"))


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return installation(tmp_path / "base")


@pytest.mark.parametrize("given", [".venv", ".venv/bin", ".venv/bin/python"])
@pytest.mark.parametrize("key", ["version", "version_info"])
def test_a_virtual_environment_by_its_folder_or_interpreter(tmp_path: Path, base: Path, given: str, key: str) -> None:
    prefix = venv(tmp_path / ".venv", base, key=key)
    found = find_environment(tmp_path, tmp_path / given)
    assert found.version == (3, 12)
    assert found.prefix == prefix
    assert found.stdlib == base / "lib" / "python3.12"
    assert found.stdlib_dynload == base / "lib" / "python3.12" / "lib-dynload"
    assert found.search_paths == (site(prefix),)
    assert (found.stdlib_is_own, found.notes, found.platform) == (False, (), sys.platform)


def test_no_interpreter_is_run(tmp_path: Path, base: Path) -> None:
    prefix = venv(tmp_path / ".venv", base)
    put(site(prefix) / "evil.pth", f"import os; open({str(mark_of(prefix))!r}, 'w')\n")
    put(site(prefix) / "__editable___x_finder.py", f"open({str(mark_of(prefix))!r}, 'w')\nMAPPING = {{}}\n")
    for given in (prefix, prefix / "bin" / "python", base / "bin" / "python3.12", None):
        find_environment(tmp_path, given)
    assert not mark_of(prefix).exists()
    assert not mark_of(base).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the mark is left by a shell script")
def test_the_mark_would_be_seen(base: Path) -> None:
    subprocess.run([base / "bin" / "python3.12"], check=True)
    assert mark_of(base).exists()


def test_a_venv_whose_interpreter_is_a_link(tmp_path: Path, base: Path) -> None:
    if not can_link(tmp_path):
        pytest.skip("this system lets no link be made")
    prefix = venv(tmp_path / "env", base)
    python = prefix / "bin" / "python"
    python.unlink()
    python.symlink_to(base / "bin" / "python3.12")
    # Where `home` leads nowhere, as with Homebrew's layouts, the link still leads to the library.
    put(prefix / "pyvenv.cfg", "home = /nowhere/bin\nversion = 3.12.4\n")
    found = find_environment(tmp_path, python)
    assert (found.prefix, found.stdlib) == (prefix, base / "lib" / "python3.12")


def test_a_link_to_an_installation_leads_to_it(tmp_path: Path) -> None:
    if not can_link(tmp_path):
        pytest.skip("this system lets no link be made")
    base = installation(tmp_path / "pyenv" / "3.11.7", "3.11")
    put(base / "lib" / "python3.10" / "os.py")
    link = tmp_path / "bin" / "python"
    link.parent.mkdir()
    link.symlink_to(base / "bin" / "python3.11")
    assert find_environment(tmp_path, link).stdlib == base / "lib" / "python3.11"


def test_a_file_name_chooses_among_several_libraries(tmp_path: Path) -> None:
    base = installation(installation(tmp_path / "usr", "3.11"), "3.12")
    assert find_environment(tmp_path, base / "bin" / "python3.11").version == (3, 11)
    assert find_environment(tmp_path, base).version == (3, 12)


def test_system_packages_are_seen_where_the_environment_says_so(tmp_path: Path, base: Path) -> None:
    prefix = venv(tmp_path / "env", base, system=True)
    assert find_environment(tmp_path, prefix).search_paths == (site(prefix), site(base))


def test_packages_installed_for_the_user(tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = tmp_path / "user"
    monkeypatch.setenv("PYTHONUSERBASE", str(user))
    site(user).mkdir(parents=True)
    assert find_environment(tmp_path, base).search_paths == (site(user), site(base))
    assert site(user) not in find_environment(tmp_path, venv(tmp_path / "env", base)).search_paths


def test_debian_keeps_packages_elsewhere(tmp_path: Path) -> None:
    usr = installation(tmp_path / "usr", "3.11")
    folders = [
        usr / "local" / "lib" / "python3.11" / "dist-packages",
        site(usr, "3.11"),
        usr / "lib" / "python3" / "dist-packages",
    ]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    assert find_environment(tmp_path, usr).search_paths == tuple(folders)


def test_windows_layouts(tmp_path: Path) -> None:
    base = windows_installation(tmp_path / "Python312")
    found = find_environment(tmp_path, base / "python.exe")
    assert (found.version, found.stdlib) == ((3, 12), base / "Lib")
    assert (found.stdlib_dynload, found.search_paths) == (base / "DLLs", (base / "Lib" / "site-packages",))

    env = tmp_path / "env"
    put(env / "pyvenv.cfg", f"\ufeffhome = {base}\r\nversion = 3.12.1\r\n")
    put(env / "Scripts" / "python.exe", "MZ")
    (env / "Lib" / "site-packages").mkdir(parents=True)
    found = find_environment(tmp_path, env / "Scripts" / "python.exe")
    assert (found.prefix, found.stdlib, found.version) == (env, base / "Lib", (3, 12))
    assert found.search_paths == (env / "Lib" / "site-packages",)


def test_conda(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conda = installation(tmp_path / "conda" / "envs" / "work", "3.13")
    (conda / "conda-meta").mkdir()
    monkeypatch.setenv("CONDA_PREFIX", str(conda))
    assert find_environment(tmp_path).prefix == conda


def test_the_order_in_which_environments_are_found(tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, conda = tmp_path / "project", installation(tmp_path / "conda")
    start = project / "deep" / "down"
    start.mkdir(parents=True)
    active, local = venv(tmp_path / "active", base), venv(project / ".venv", base)
    monkeypatch.setenv("CONDA_PREFIX", str(conda))
    monkeypatch.setenv("CONDA_DEFAULT_ENV", "base")
    assert find_environment(start).prefix == local
    monkeypatch.setenv("CONDA_DEFAULT_ENV", "work")
    assert find_environment(start).prefix == conda
    monkeypatch.setenv("VIRTUAL_ENV", str(active))
    assert find_environment(start).prefix == active
    assert find_environment(start, local).prefix == local


def test_installed_code_is_analysed_in_the_environment_in_which_it_lies(
    tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation(tmp_path / "base", "3.10")
    around, active = venv(tmp_path / "around", base), venv(tmp_path / "active", base)
    monkeypatch.setenv("VIRTUAL_ENV", str(active))
    package = site(around) / "package"
    package.mkdir()
    assert find_environment(package).prefix == around
    assert find_environment(package, active).prefix == active
    asyncio = find_environment(base / "lib" / "python3.10" / "asyncio")
    assert (asyncio.prefix, asyncio.version) == (base, (3, 10))
    windows = windows_installation(tmp_path / "windows")
    assert find_environment(windows / "Lib" / "asyncio" / "tasks.py").prefix == windows
    assert find_environment(around).prefix == active


def test_an_activated_environment_that_is_gone_is_passed_over(
    tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = venv(tmp_path / ".venv", base)
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "gone"))
    found = find_environment(tmp_path)
    assert found.prefix == local
    assert found.notes == (
        f"VIRTUAL_ENV names {tmp_path / 'gone'}, which is not a Python environment, and was passed over",
    )


def test_with_no_environment_the_servers_library_stands_in(tmp_path: Path) -> None:
    found = find_environment(tmp_path)
    assert found.stdlib_is_own
    assert found.prefix is None
    assert found.search_paths == ()
    assert found.stdlib == Path(sysconfig.get_path("stdlib"))
    assert found.version == sys.version_info[:2]
    own = ".".join(map(str, sys.version_info[:2]))
    assert found.notes == (
        "no environment was found, so installed packages are unknown and the standard library is that of Python "
        f"{own}, which runs switchpoint",
    )


def test_an_environment_whose_installation_is_gone(tmp_path: Path) -> None:
    prefix = venv(tmp_path / "env", tmp_path / "gone")
    found = find_environment(tmp_path, prefix)
    assert (found.version, found.stdlib_is_own, found.search_paths) == ((3, 12), True, (site(prefix),))
    assert len(found.notes) == 1


def test_another_version_than_the_environments_is_noted(tmp_path: Path, base: Path) -> None:
    found = find_environment(tmp_path, venv(tmp_path / "env", base), "3.13")
    assert (found.version, found.stdlib) == ((3, 13), base / "lib" / "python3.12")
    assert found.notes == ("standard library of Python 3.12, analysed as Python 3.13",)


@pytest.mark.parametrize("version", ["", "4", "three", "2.7", "3", "3.x"])
def test_a_version_that_is_none(tmp_path: Path, version: str) -> None:
    with pytest.raises(EnvironmentNotFound, match=r"is not understood: give one like 3\.12$"):
        find_environment(tmp_path, None, version)


def test_refusals_name_the_thing_the_place_and_the_way_out(tmp_path: Path) -> None:
    shim, other = put(tmp_path / "shims" / "python", "#!/bin/sh\n"), put(tmp_path / "some" / "python3", "\x7fELF")
    for given, words in [
        (tmp_path / "gone", "no Python at "),
        (tmp_path, "no Python environment in the folder "),
        (shim, "is a script that starts some interpreter"),
        (other, "no Python library was found around "),
    ]:
        with pytest.raises(EnvironmentNotFound) as caught:
            find_environment(tmp_path, given)
        assert words in str(caught.value)
        assert str(given) in str(caught.value)
        assert "give the" in str(caught.value)


def test_path_files_are_followed_as_data(tmp_path: Path, base: Path) -> None:
    prefix = venv(tmp_path / "env", base)
    for name in ("first", "second", "hidden"):
        (tmp_path / name).mkdir()
    lines = f"# {tmp_path}\n\nimport os\nimport\tos\n{tmp_path / 'first'}\r\nmissing\n../../../../second  \n\0bad\n"
    put(site(prefix) / "a.pth", lines)
    put(site(prefix) / ".hidden.pth", str(tmp_path / "hidden"))
    assert find_environment(tmp_path, prefix).search_paths == (site(prefix), tmp_path / "first", tmp_path / "second")


def test_path_files_without_end_are_cut(tmp_path: Path, base: Path) -> None:
    prefix = venv(tmp_path / "env", base)
    for count in range(1_100):
        (tmp_path / f"f{count}").mkdir()
    put(site(prefix) / "many.pth", "\n".join(str(tmp_path / f"f{count}") for count in range(1_100)))
    assert len(find_environment(tmp_path, prefix).search_paths) == 1_000


def test_editable_finders_are_read_as_data(tmp_path: Path, base: Path) -> None:
    prefix, source = venv(tmp_path / "env", base), tmp_path / "project"
    put(source / "lib" / "__init__.py")
    put(source / "single.py")
    put(
        site(prefix) / "__editable___project_1_0_finder.py",
        "from x import y\n"
        f"MAPPING: dict[str, str] = {{'lib': {str(source / 'lib')!r}, 'single': {str(source / 'single')!r}, 3: 4}}\n"
        f"NAMESPACES = {{'ns': [{str(source / 'ns')!r}, 5], 'odd': 7}}\n",
    )
    put(site(prefix) / "__editable___broken_finder.py", "MAPPING = {")
    put(site(prefix) / "__editable___computed_finder.py", "MAPPING = {'a': str(1), **{}}")
    put(site(prefix) / "__editable___deep_finder.py", "MAPPING = " + "(" * 10_000)
    assert find_environment(tmp_path, prefix).editables == (
        Editable("lib", source / "lib"),
        Editable("single", source / "single.py"),
        Editable("ns", source / "ns", is_namespace=True),
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_in_an_environment_do_not_block(tmp_path: Path, base: Path) -> None:
    prefix = venv(tmp_path / "env", base)
    os.mkfifo(site(prefix) / "a.pth")
    os.mkfifo(tmp_path / "pyvenv.cfg")
    assert find_environment(tmp_path, prefix).search_paths == (site(prefix),)
    with pytest.raises(EnvironmentNotFound):
        find_environment(tmp_path, tmp_path)


def test_a_configuration_full_of_nonsense(tmp_path: Path) -> None:
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "pyvenv.cfg").write_bytes(b"home = \0\xff\nversion = \xff\nhome\n===\nbase-prefix = a\0b\n")
    assert find_environment(tmp_path, tmp_path / "env").stdlib_is_own
