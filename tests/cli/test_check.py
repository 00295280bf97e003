"""`switchpoint check`: the JSON that tools read, the table that people read, the exit codes that builds read."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.program import EXAMPLES, one_clear_line, run, shown

SITE_KEYS = {"file", "kind", "line", "col", "end_line", "end_col", "function", "verdict", "effect", "because"}
CHILD = """\
from types import coroutine

async def child():
    await switch()

@coroutine
def switch(): yield
"""
INLINE = "async def nothing(): ...\n\nasync def main():\n    await nothing()\n"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def test_json_of_the_seed_example() -> None:
    whole = shown("check", EXAMPLES / "children.py", "--format", "json").json
    assert set(whole) == {"version", "python", "files", "sites", "problems"}
    assert (whole["version"], whole["files"], whole["problems"]) == (1, 1, [])
    sleep, child = whole["sites"]
    assert set(sleep) == set(child) == SITE_KEYS
    assert (sleep["kind"], sleep["line"], sleep["col"], sleep["end_line"], sleep["end_col"]) == ("await", 8, 4, 8, 26)
    assert (sleep["function"], sleep["verdict"], sleep["effect"]) == ("child", "may switch", "always")
    assert sleep["because"][-1]["text"] == "yield"
    assert (child["function"], child["verdict"]) == ("parent", "may switch")
    assert child["because"][0] == {
        "file": str(EXAMPLES / "children.py"),
        "line": 8,
        "col": 4,
        "text": "await asyncio.sleep(0)",
    }


def test_json_of_the_cache_example() -> None:
    sites = shown("check", EXAMPLES / "cache.py", "--format", "json").json["sites"]
    put = [(site["kind"], site["line"], site["effect"]) for site in sites if site["function"] == "Cache.put"]
    assert put == [("enter", 15, "sometimes"), ("exit", 15, "never"), ("await", 16, "never"), ("await", 18, "never")]


def test_because_is_null_exactly_when_inline() -> None:
    sites = shown("check", EXAMPLES, "--format", "json").json["sites"]
    assert {site["verdict"] for site in sites} == {"inline", "may switch"}
    assert all((site["because"] is None) == (site["verdict"] == "inline") for site in sites)
    places = [(site["file"], site["line"], site["col"]) for site in sites]
    assert places == sorted(places)


def test_unresolved_leaf_says_why(tmp_path: Path) -> None:
    write(tmp_path, a="async def main(callback):\n    await callback()\n")
    (site,) = run("check", tmp_path, "--format", "json").json["sites"]
    assert site["effect"] == "unknown"
    assert site["because"][-1]["unresolved"]


def test_table_has_totals_and_reasons(tmp_path: Path) -> None:
    write(tmp_path, a=CHILD, b=INLINE, c="async def main(callback):\n    await callback()\n")
    done = run("check", tmp_path, cwd=tmp_path)
    assert done.code == 0
    assert [name in done.out for name in ("a.py", "b.py", "c.py", "3 files", "unknown, because of")] == [True] * 5
    assert "\x1b" not in done.out


@pytest.mark.parametrize(
    ("source", "cause", "code"),
    [
        (CHILD, "may-switch", 1),
        (INLINE, "may-switch", 0),
        (CHILD, "unknown", 0),
        ("async def main(callback):\n    await callback()\n", "unknown", 1),
        ("async def main(:\n", "problem", 1),
        (INLINE, "problem", 0),
        (CHILD, "contradiction", 0),
    ],
)
def test_findings_that_were_asked_to_fail(tmp_path: Path, source: str, cause: str, code: int) -> None:
    write(tmp_path, a=source)
    assert run("check", tmp_path, "--fail-on", cause).code == code
    assert run("check", tmp_path).code == 0


def test_findings_are_listed_with_their_places(tmp_path: Path) -> None:
    write(tmp_path, a=CHILD)
    out = run("check", ".", "--fail-on", "may-switch", cwd=tmp_path).out
    assert "a.py:4:5: may switch: switch() reaches" in out


def test_broken_file_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    write(tmp_path, broken="def (:\n", fine=CHILD)
    done = run("check", tmp_path, "--format", "json")
    assert (done.code, done.json["files"], len(done.json["sites"])) == (0, 2, 1)
    (problem,) = done.json["problems"]
    assert (Path(problem["file"]).name, problem["line"]) == ("broken.py", 1)
    assert "broken.py:1: " in run("check", ".", cwd=tmp_path).out


def test_folders_are_walked_as_ruff_does(tmp_path: Path) -> None:
    for folder in ("ignored", "left_out", ".venv", "kept"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, a=CHILD)
    (tmp_path / ".gitignore").write_text("ignored/\n", encoding="utf-8")
    whole = run("check", tmp_path, "--exclude", "left_out", "--format", "json").json
    assert [Path(site["file"]).parent.name for site in whole["sites"]] == ["kept"]


def test_settings_of_the_project_and_options_above_them(tmp_path: Path) -> None:
    write(tmp_path, a=CHILD)
    (tmp_path / "pyproject.toml").write_text('[tool.switchpoint]\npython-version = "3.12"\n', encoding="utf-8")
    assert run("check", tmp_path, "--format", "json").json["python"] == "3.12"
    assert run("check", tmp_path, "--format", "json", "--python-version", "3.13").json["python"] == "3.13"


def test_bad_setting_is_one_message(tmp_path: Path) -> None:
    write(tmp_path, a=CHILD)
    (tmp_path / "pyproject.toml").write_text('[tool.switchpoint]\noverrides = "maybe"\n', encoding="utf-8")
    done = run("check", tmp_path, "--format", "json")
    assert (done.code, len(done.json["sites"])) == (0, 1)
    assert "`overrides` cannot be 'maybe'; expected one of known, declared, strict" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["no_such_folder"],
        [".", "--python", "no_such_environment"],
        [".", "--python-version", "three"],
        [".", "--fail-on", "anything"],
        [".", "--min-runs", "0"],
        [".", "--no-such-option"],
    ],
)
def test_could_not_run_is_one_clear_line(tmp_path: Path, arguments: list[str]) -> None:
    write(tmp_path, a=CHILD)
    done = run("check", *arguments, cwd=tmp_path)
    assert one_clear_line(done), done


def test_no_python_at_all(tmp_path: Path) -> None:
    done = run("check", tmp_path)
    assert (done.code, "0 files" in done.out) == (0, True)
