"""Every setting once, and clear words for what cannot be taken."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from switchpoint import settings
from switchpoint.settings import SETTINGS, Settings, over, parse, parse_project


def test_every_setting_has_its_field_and_the_other_way_round() -> None:
    assert [setting.field for setting in SETTINGS] == [field.name for field in fields(Settings)]


@pytest.mark.parametrize(
    "values",
    [
        {"exitHints": "always", "trace": {"server": "verbose"}},
        {"exit-hints": "always", "trace.server": "verbose"},
    ],
)
def test_spellings(values: dict[str, object]) -> None:
    parsed = parse(values, "here")
    assert parsed.messages == ()
    assert parsed.settings == Settings(exit_hints="always", trace_server="verbose")


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("show", "some", "one of all, inline, mayswitch, off"),
        ("show", 3, "one of all, inline, mayswitch, off"),
        ("eagerTasks", "yes", "true or false"),
        ("pythonVersion", "snake", "a version such as 3.12"),
        ("python-version", 3.12, "a version such as 3.12, in quotes"),
        ("exclude", "build", "a list of texts"),
        ("exclude", [1], "a list of texts"),
        ("python", 3, "a text, in quotes"),
    ],
)
def test_a_bad_value_is_named_and_the_rest_kept(key: str, value: object, expected: str) -> None:
    parsed = parse({key: value, "position": "endOfLine"}, "editor settings")
    assert parsed.settings == Settings(position="endOfLine")
    assert len(parsed.messages) == 1
    assert parsed.messages[0].startswith(f"editor settings: `{key}` cannot be")
    assert f"expected {expected}." in parsed.messages[0]


@pytest.mark.parametrize("values", [None, 3, "x", ["show"]])
def test_what_is_no_table(values: object) -> None:
    assert parse(values, "here").messages == ("here: expected a table of settings; it is ignored.",)


def test_a_projects_table() -> None:
    project = Path("/somewhere/pyproject.toml")
    parsed = parse_project({"exit-hints": "off", "eager-tasks": True, "foo": 1}, project)
    assert parsed.settings == Settings(exit_hints="off", eager_tasks=True)
    assert len(parsed.messages) == 1
    assert "there is no setting `foo`" in parsed.messages[0]


def test_a_projects_environment_is_beside_the_project() -> None:
    project = Path("/somewhere/pyproject.toml")
    assert parse_project({"python": ".venv"}, project).settings.python == str(Path("/somewhere/.venv"))


def test_what_the_editor_sets_wins() -> None:
    project = Settings(show="inline", exclude=("a",))
    assert over(Settings(), project) == project
    assert over(Settings(show="off"), project) == Settings(show="off", exclude=("a",))


def test_generated_configuration() -> None:
    made = settings.vscode_configuration()["properties"]
    assert isinstance(made, dict)
    assert made["switchpoint.show"]["enum"] == ["all", "inline", "mayswitch", "off"]
    assert len(made["switchpoint.show"]["enum"]) == len(made["switchpoint.show"]["markdownEnumDescriptions"])
    assert made["switchpoint.eagerTasks"] == {
        "scope": "resource",
        "markdownDescription": "The program uses the eager task factory (Python 3.12 and later).",
        "type": "boolean",
        "default": False,
    }
    assert settings.markdown_table().count("\n") == len(SETTINGS) + 2
    assert "switchpoint.interpreter" in settings.restricted_configurations()


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("overides", "there is no setting `overides`; did you mean `overrides`."),
        ("python_version", "there is no setting `python_version`; did you mean `python-version`."),
        ("nonsense", "there is no setting `nonsense`; the settings are show, position, exit-hints,"),
        ("import-strategy", "`import-strategy` is a setting of editors; it has no effect here."),
    ],
)
def test_a_name_that_a_project_cannot_use_is_told_with_the_way_out(key: str, said: str) -> None:
    (message,) = parse_project({key: "x"}, Path("pyproject.toml")).messages
    assert message.startswith(f"pyproject.toml, [tool.switchpoint]: {said}")
