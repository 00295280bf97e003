"""The settings of the project that a path is in."""

from __future__ import annotations

from pathlib import Path

import pytest

from switchpoint.analysis import SettingsTable, read_settings_table


def written(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_nearest_that_has_a_table_counts(tmp_path: Path) -> None:
    path = written(tmp_path, '[tool.switchpoint]\nshow = "off"\n')
    written(tmp_path / "package", "[project]\nname = 'x'\n")
    file = tmp_path / "package" / "module.py"
    assert read_settings_table(file) == SettingsTable(path, {"show": "off"})
    inner = written(tmp_path / "package", "[tool]\nswitchpoint = 3\n")
    assert read_settings_table(file) == SettingsTable(inner, 3)


@pytest.mark.parametrize("text", ["", "[tool]\n", "tool = 3\n"])
def test_one_that_says_nothing_is_passed_over(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, "[tool.switchpoint]\n")
    written(tmp_path / "inner", text)
    assert read_settings_table(tmp_path / "inner") == SettingsTable(path, {})


@pytest.mark.parametrize("text", ["[tool.switch", "a = " + "[" * 5000, "\x00\x01"])
def test_one_that_is_not_toml_is_a_problem(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    found = read_settings_table(tmp_path)
    assert found.path == path
    assert found.table == {}
    assert "not valid TOML" in found.problem
    assert found.problem.endswith("its settings are ignored.")


def test_a_folder_of_that_name_is_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, "[tool.switchpoint]\n")
    (tmp_path / "inner" / "pyproject.toml").mkdir(parents=True)
    assert read_settings_table(tmp_path / "inner").path == path


def test_one_that_is_too_large_is_a_problem(tmp_path: Path) -> None:
    written(tmp_path, "#" * 2_000_000)
    assert "is larger than" in read_settings_table(tmp_path).problem
