"""What may stand in the repository at all."""

from __future__ import annotations

import re

import pytest

from house import sources

TOP_LEVEL = {
    *(
        "server",
        "client-vscode",
        "tests",
        "pyproject.toml",
        "README.md",
        "package.json",
        "package-lock.json",
        "LICENSE",
    ),
}
# Written in pieces, so that this file does not find itself.
REFUSED_TEXT = re.compile(
    "|".join(
        [
            r"(?<![\w.])/(?:root|work)" + r"/",
            r"registry\." + r"npmjs",
            r"pypi\." + r"org/simple",
            r"files\.python" + r"hosted",
        ]
    )
)
UNFINISHED = re.compile(r"\b(?:TO" + "DO|FIX" + "ME|X" + r"XX)\b")


def test_top_level_is_the_house() -> None:
    names = {path.relative_to(sources.ROOT).parts[0] for path in sources.tracked_files()}
    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


def test_no_machine_and_no_registry_is_named() -> None:
    assert found_in(text_files(), REFUSED_TEXT) == []


def test_nothing_is_left_unfinished_in_the_product() -> None:
    assert found_in([path for path in text_files() if path.is_relative_to(sources.PACKAGE)], UNFINISHED) == []


@pytest.mark.parametrize("name", ["LICENSE", "README.md", ".ci/run", "package-lock.json"])
def test_file_is_there(name: str) -> None:
    assert (sources.ROOT / name).is_file()


def text_files() -> list:
    suffixes = {".py", ".md", ".toml", ".json", ".mjs", ".ts", ".yml", ".yaml", ".txt", ""}
    return [path for path in sources.tracked_files() if path.suffix in suffixes]


def found_in(paths: list, pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(sources.ROOT)}:{number}: {line.strip()[:120]}")
    return found
