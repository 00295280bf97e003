"""Which files a walk yields, and what it says of the rest."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from files.layouts import can_link, is_root, put, write
from switchpoint.analysis.files import walk_python_files
from switchpoint.analysis.verdicts import Problem


def walked(*paths: Path, exclude: tuple[str, ...] = (), base: Path | None = None) -> tuple[list[str], list[Problem]]:
    problems: list[Problem] = []
    top = paths[0] if paths[0].is_dir() else paths[0].parent
    files = [os.path.relpath(file, top) for file in walk_python_files(paths, exclude, problems=problems, base=base)]
    return [file.replace(os.sep, "/") for file in files], problems


def test_python_files_in_sorted_order(tmp_path: Path) -> None:
    write(tmp_path, "b.py", "a/z.py", "a/b/c.py", "a.py", "a/stub.pyi", "n.ipynb", "text.txt", "a/.hidden.py", "Z.py")
    assert walked(tmp_path) == (["Z.py", "a/.hidden.py", "a/b/c.py", "a/z.py", "a.py", "b.py"], [])


@pytest.mark.parametrize(
    "folder", [".git", ".venv", "venv", "node_modules", "__pycache__", ".tox", "build", "dist", "deep/site-packages"]
)
def test_folders_of_tools_are_left_out_below_what_is_named(tmp_path: Path, folder: str) -> None:
    write(tmp_path, f"{folder}/a.py", "b.py")
    assert walked(tmp_path)[0] == ["b.py"]
    assert walked(tmp_path / folder)[0] == ["a.py"]


def test_environments_are_left_out_whatever_they_are_called(tmp_path: Path) -> None:
    write(tmp_path, "py312/pyvenv.cfg", "py312/a.py", "tools/conda-meta/history", "tools/b.py", "c.py")
    assert walked(tmp_path)[0] == ["c.py"]


def test_what_is_named_itself_is_there(tmp_path: Path) -> None:
    write(tmp_path, "script", "a.pyi", "build/x.py")
    put(tmp_path / ".gitignore", "*\n")
    (tmp_path / ".git").mkdir()
    paths = [tmp_path / name for name in ("script", "a.pyi", "build/x.py", "script")]
    assert walked(*paths, exclude=("*",)) == (["script", "a.pyi", "build/x.py"], [])


def test_overlapping_arguments_yield_each_file_once(tmp_path: Path) -> None:
    write(tmp_path, "a/b.py", "c.py")
    assert walked(tmp_path, tmp_path / "a", tmp_path / "a" / "b.py")[0] == ["a/b.py", "c.py"]


def test_what_is_missing_or_a_notebook_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path, "n.ipynb", "a.py")
    files, problems = walked(tmp_path, tmp_path / "gone", tmp_path / "n.ipynb")
    assert files == ["a.py"]
    assert [(problem.path.name, problem.text.partition(":")[0]) for problem in problems] == [
        ("gone", "no such file or folder"),
        ("n.ipynb", "is a notebook"),
    ]


def test_gitignore_at_every_level(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "gen_1.py", "keep/gen_2.py", "keep/gen_3.py", "out/b.py", "deep/out/c.py", "deep/only.py")
    write(tmp_path, "only.py", "tmp/d.py", "über.py", "e f.py")
    put(tmp_path / ".gitignore", "# words\n\ngen_*.py\n/only.py\nout/\ntmp\nüber.py\ne\\ f.py\n")
    put(tmp_path / "keep" / ".gitignore", "!gen_2.py\r\n")
    assert walked(tmp_path)[0] == ["a.py", "deep/only.py", "keep/gen_2.py"]


def test_rules_above_the_named_folder_count_up_to_the_repository(tmp_path: Path) -> None:
    write(tmp_path, "repo/src/a.py", "repo/src/b.py", "repo/src/c.py", "repo/src/d.py")
    put(tmp_path / ".gitignore", "a.py")
    put(tmp_path / "repo" / ".gitignore", "b.py\n/src/d.py")
    put(tmp_path / "repo" / ".git" / "info" / "exclude", "c.py")
    assert walked(tmp_path / "repo" / "src")[0] == ["a.py"]


def test_a_named_folder_that_is_ignored_is_walked(tmp_path: Path) -> None:
    write(tmp_path, "generated/a.py", "generated/deep/b.py")
    put(tmp_path / ".gitignore", "generated/\n")
    (tmp_path / ".git").mkdir()
    assert walked(tmp_path)[0] == []
    assert walked(tmp_path / "generated")[0] == ["a.py", "deep/b.py"]
    assert walked(tmp_path / "generated" / "deep")[0] == ["b.py"]


def test_exclude(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "docs/b.py", "src/docs/c.py", "src/gen/d.py", "gen/e.py", "f_pb2.py")
    assert walked(tmp_path, exclude=("docs", "src/gen", "*_pb2.py"))[0] == ["a.py", "gen/e.py"]
    assert walked(tmp_path / "src", exclude=("src/gen",), base=tmp_path)[0] == ["docs/c.py"]


def test_exclude_is_not_taken_back_by_gitignore(tmp_path: Path) -> None:
    put(tmp_path / ".gitignore", "!a.py\n")
    write(tmp_path, "a.py", "b.py")
    assert walked(tmp_path, exclude=("a.py",))[0] == ["b.py"]


def test_a_pattern_that_is_none_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    for pattern in ("!", "*a*a*a*a*a*b"):
        files, problems = walked(tmp_path, exclude=(pattern,))
        assert files == ["a.py"]
        assert [repr(pattern) in problem.text for problem in problems] == [True]


def test_a_gitignore_with_nonsense_keeps_its_good_lines(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "b.py", "a" * 100 + ".py")
    (tmp_path / ".gitignore").write_bytes(b"!\n\xff\xfe\n" + b"*a" * 50 + b"*b\na.py\n[\n")
    assert walked(tmp_path)[0] == ["a" * 100 + ".py", "b.py"]


def test_links_are_followed_to_files_only(tmp_path: Path) -> None:
    if not can_link(tmp_path):
        pytest.skip("this system lets no link be made")
    write(tmp_path, "top/a.py", "outside/b.py")
    top = tmp_path / "top"
    for name, target in [
        ("loop", top),
        ("self.py", top / "self.py"),
        ("out", tmp_path / "outside"),
        ("dead.py", tmp_path / "gone"),
        ("c.py", tmp_path / "outside" / "b.py"),
    ]:
        (top / name).symlink_to(target)
    assert walked(top) == (["a.py", "c.py"], [])
    assert walked(top / "out")[0] == ["b.py"]


def test_a_depth_without_end_is_a_problem(tmp_path: Path) -> None:
    put(tmp_path / Path(*["d"] * 100) / "a.py")
    put(tmp_path / Path(*["d"] * 101) / "b.py")
    files, problems = walked(tmp_path)
    assert [file[-4:] for file in files] == ["a.py"]
    assert [problem.text for problem in problems] == ["lies more than 100 folders deep and is not walked"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_a_python_file(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    os.mkfifo(tmp_path / "b.py")
    os.mkfifo(tmp_path / ".gitignore")
    assert walked(tmp_path) == (["a.py"], [])


@pytest.mark.skipif(sys.platform == "win32" or is_root(), reason="permissions do not bind this user")
def test_a_folder_without_permission(tmp_path: Path) -> None:
    write(tmp_path, "a/b.py", "c.py")
    (tmp_path / "a").chmod(0)
    files, problems = walked(tmp_path)
    (tmp_path / "a").chmod(0o700)
    assert files == ["c.py"]
    assert problems == [Problem(tmp_path / "a", 0, "cannot be listed: permission denied")]
