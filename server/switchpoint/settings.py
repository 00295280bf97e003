"""Every setting once: name, type, default, documentation, scope.

In: mappings as an editor or the table `[tool.switchpoint]` of a project gives them. Out: `Settings` with one
clear message for each value that was refused, and the generated VS Code configuration and Markdown table. This module
imports nothing of ours and must not know who asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, cast

Show = Literal["all", "inline", "mayswitch", "off"]
Position = Literal["afterExpression", "afterKeyword", "endOfLine"]
ExitHints = Literal["mayswitch", "always", "off"]
Overrides = Literal["known", "declared", "strict"]
Scope = Literal["resource", "window", "machine", "machine-overridable"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The values in force. Python names of `SETTINGS`; `parse` is the way in for anything untrusted."""

    show: Show = "all"
    position: Position = "afterExpression"
    exit_hints: ExitHints = "mayswitch"
    overrides: Overrides = "known"
    eager_tasks: bool = False
    python_version: str = ""
    python: str = ""
    interpreter: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    import_strategy: Literal["useBundled", "fromEnvironment"] = "useBundled"
    exclude: tuple[str, ...] = ()
    trace_server: Literal["off", "messages", "verbose"] = "off"
    log_level: Literal["error", "warning", "info", "debug"] = "info"


@dataclass(frozen=True, slots=True)
class Choice:
    """One allowed value of an enumeration and what it means."""

    value: str
    doc: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as users see it. `restricted` ones are not taken from an untrusted workspace."""

    name: str
    doc: str
    scope: Scope
    choices: tuple[Choice, ...] = ()
    pattern: str = ""
    pattern_doc: str = ""
    restricted: bool = False
    client_only: bool = False

    @property
    def field(self) -> str:
        """The attribute of `Settings` that holds it."""
        return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", self.name).replace(".", "_").lower()

    @property
    def default(self) -> object:
        return getattr(DEFAULTS, self.field)


@dataclass(frozen=True, slots=True)
class Parsed:
    """Settings with the messages about values that were refused; the rest was kept."""

    settings: Settings
    messages: tuple[str, ...] = ()


DEFAULTS = Settings()

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "show",
        "Which hints to show.",
        "resource",
        (
            Choice("all", "A hint at every place where a task could be switched out."),
            Choice("inline", "Only where it is proved that no switch happens."),
            Choice("mayswitch", "Only where the task may be switched out."),
            Choice("off", "No hints; hovers and the rest stay."),
        ),
    ),
    Setting(
        "position",
        "Where a hint stands.",
        "resource",
        (
            Choice("afterExpression", "After the awaited expression, the item of `async with`, or the iterable."),
            Choice("afterKeyword", "After the keyword `await` or `async`."),
            Choice("endOfLine", "At the end of the line."),
        ),
    ),
    Setting(
        "exitHints",
        "Hints for leaving an `async with`, shown at the end of its block, where the switch happens.",
        "resource",
        (
            Choice("mayswitch", "Only where leaving may switch."),
            Choice("always", "Also where leaving is inline."),
            Choice("off", "None."),
        ),
    ),
    Setting(
        "overrides",
        "How a method call that an override could answer is judged.",
        "resource",
        (
            Choice("known", "By every override found in the analysed files and what they import."),
            Choice("declared", "By the declared method alone."),
            Choice("strict", "As unknown, unless the method or its class is final."),
        ),
    ),
    Setting("eagerTasks", "The program uses the eager task factory (Python 3.12 and later).", "resource"),
    Setting(
        "pythonVersion",
        "The Python version the code runs on, such as `3.12`. Empty: the version of the environment found.",
        "resource",
        pattern=r"(3\.\d{1,2})?",
        pattern_doc="a version such as 3.12",
    ),
    Setting(
        "python",
        "The interpreter or environment folder to analyse against; it is read, never run. Empty: found by itself.",
        "resource",
        restricted=True,
    ),
    Setting(
        "interpreter",
        "The interpreter, with its arguments, that runs the language server.",
        "window",
        restricted=True,
        client_only=True,
    ),
    Setting(
        "path",
        "A command that starts another switchpoint server instead of the bundled one.",
        "window",
        restricted=True,
        client_only=True,
    ),
    Setting(
        "importStrategy",
        "Where the server's own libraries come from.",
        "window",
        (
            Choice("useBundled", "From the extension."),
            Choice("fromEnvironment", "From the environment of `interpreter`, if switchpoint is installed there."),
        ),
        restricted=True,
        client_only=True,
    ),
    Setting("exclude", "Files and folders left out, as patterns like those of .gitignore.", "resource"),
    Setting(
        "trace.server",
        "How much of the talk between editor and server is logged.",
        "window",
        (
            Choice("off", "Nothing."),
            Choice("messages", "The names of the messages."),
            Choice("verbose", "The messages in full."),
        ),
        client_only=True,
    ),
    Setting(
        "logLevel",
        "How much the server logs.",
        "window",
        (
            Choice("error", "Errors."),
            Choice("warning", "Errors and warnings."),
            Choice("info", "What it does, in short."),
            Choice("debug", "Everything."),
        ),
    ),
)


def parse(values: object, place: str, *, base: Settings = DEFAULTS, is_project: bool = False) -> Parsed:
    """Read a mapping of settings, flat (`"trace.server"`) or nested, in camelCase or kebab-case, over `base`.

    `place` names where the values stand, for the messages. In a project's own table what is unknown, or is for editors
    alone, gets a message too: nobody else would tell.
    """
    if not isinstance(values, Mapping):
        return Parsed(base, (f"{place}: expected a table of settings; it is ignored.",))
    known = {setting.name: setting for setting in SETTINGS}
    taken: dict[str, object] = {}
    messages: list[str] = []
    for written, key, value in _flat(cast("Mapping[object, object]", values)):
        setting = known.get(key)
        if setting is None:
            messages += [f"{place}: there is no setting `{written}`; {_instead(key)}."] if is_project else []
        elif is_project and setting.client_only:
            messages.append(f"{place}: `{written}` is a setting of editors; it has no effect here.")
        elif value is not None:
            try:
                taken[setting.field] = _checked(setting, value)
            except _Refused as refused:
                shown = repr(value)[:60]
                messages.append(f"{place}: `{written}` cannot be {shown}; expected {refused}. It is ignored.")
    return Parsed(replace(base, **taken) if taken else base, tuple(messages))


def _instead(key: str) -> str:
    """The way out for a name that is none."""
    ours = [setting.name for setting in SETTINGS if not setting.client_only]
    near = get_close_matches(key.lower(), [name.lower() for name in ours], n=1)
    if near:
        return f"did you mean `{_kebab(next(name for name in ours if name.lower() == near[0]))}`"
    return f"the settings are {', '.join(map(_kebab, ours))}"


def _kebab(name: str) -> str:
    """As pyproject.toml files write names."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"-\1", name).lower()


def parse_project(table: object, path: Path) -> Parsed:
    """Read the table `[tool.switchpoint]` of the pyproject.toml at `path`; a path in it is meant from that folder."""
    parsed = parse(table, f"{path}, [tool.switchpoint]", is_project=True)
    if not parsed.settings.python:
        return parsed
    python = str(path.parent / Path(parsed.settings.python).expanduser())
    return replace(parsed, settings=replace(parsed.settings, python=python))


def over(editor: Settings, project: Settings) -> Settings:
    """The settings in force: what the editor sets wins, else the project's.

    Editors send defaults as if they had been chosen, so a default counts as not set.
    """
    chosen = {
        item.name: getattr(editor, item.name)
        for item in fields(Settings)
        if getattr(editor, item.name) != getattr(DEFAULTS, item.name)
    }
    return replace(project, **chosen)


def vscode_configuration() -> dict[str, object]:
    """The `contributes.configuration` of the VS Code extension."""
    return {
        "title": "switchpoint",
        "properties": {f"switchpoint.{setting.name}": _vscode_property(setting) for setting in SETTINGS},
    }


def restricted_configurations() -> list[str]:
    """The settings that an untrusted workspace must not set, for `capabilities.untrustedWorkspaces`."""
    return [f"switchpoint.{setting.name}" for setting in SETTINGS if setting.restricted]


def markdown_table() -> str:
    """The settings as a Markdown table, for README files."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for setting in SETTINGS:
        choices = "".join(f"<br>`{choice.value}`: {choice.doc}" for choice in setting.choices)
        rows.append(f"| `switchpoint.{setting.name}` | `{_plain_text(setting.default)}` | {setting.doc}{choices} |")
    return "\n".join(rows) + "\n"


class _Refused(Exception):
    """A value cannot be taken; the text says what was expected."""


def _flat(values: Mapping[object, object], above: tuple[str, str] | None = None) -> Iterator[tuple[str, str, object]]:
    """Names as written, names as `SETTINGS` has them, and values."""
    for raw, value in values.items():
        name = re.sub(r"-([a-z])", lambda match: match.group(1).upper(), str(raw))
        written, key = (str(raw), name) if above is None else (f"{above[0]}.{raw}", f"{above[1]}.{name}")
        if isinstance(value, Mapping) and above is None:
            yield from _flat(cast("Mapping[object, object]", value), (written, key))
        else:
            yield written, key, value


def _checked(setting: Setting, value: object) -> object:
    if isinstance(setting.default, bool):
        if not isinstance(value, bool):
            raise _Refused("true or false")
        return value
    if isinstance(setting.default, tuple):
        return _checked_list(value)
    if not isinstance(value, str):
        raise _Refused(_one_of(setting) if setting.choices else f"{setting.pattern_doc or 'a text'}, in quotes")
    if setting.choices and value not in {choice.value for choice in setting.choices}:
        raise _Refused(_one_of(setting))
    if setting.pattern and re.fullmatch(setting.pattern, value) is None:
        raise _Refused(setting.pattern_doc)
    return value


def _checked_list(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise _Refused("a list of texts")
    items = list(cast("list[object]", value))
    if not all(isinstance(item, str) for item in items):
        raise _Refused("a list of texts")
    return tuple(cast("list[str]", items))


def _one_of(setting: Setting) -> str:
    return "one of " + ", ".join(choice.value for choice in setting.choices)


def _plain_text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case tuple():
            return "[]"
        case _:
            return str(value) or '""'


def _vscode_property(setting: Setting) -> dict[str, object]:
    entry: dict[str, object] = {"scope": setting.scope, "markdownDescription": setting.doc}
    match setting.default:
        case bool() as flag:
            entry |= {"type": "boolean", "default": flag}
        case tuple():
            entry |= {"type": "array", "items": {"type": "string"}, "default": []}
        case default:
            entry |= {"type": "string", "default": default}
    if setting.choices:
        entry["enum"] = [choice.value for choice in setting.choices]
        entry["markdownEnumDescriptions"] = [choice.doc for choice in setting.choices]
    if setting.pattern:
        entry["pattern"] = f"^{setting.pattern}$"
    return entry
