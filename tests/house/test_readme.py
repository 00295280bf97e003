"""README.md says what is: its outputs are fresh, the tests and commands that it names exist."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
NAMED_TESTS = sorted(set(re.findall(r"`(tests/[\w/.-]+?)(?:::(\w+))?`", TEXT)))


def test_outputs_and_settings_are_fresh() -> None:
    command = [sys.executable, "tests/verbs/readme.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("path", "test"), NAMED_TESTS)
def test_named_test_exists(path: str, test: str) -> None:
    assert (ROOT / path).exists()
    assert not test or f"def {test}(" in (ROOT / path).read_text(encoding="utf-8")


def test_every_invariant_names_its_test() -> None:
    section = TEXT.split("## Invariants")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\d) \|.*\|(.*)\|$", section, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 10))
    assert all("`tests/" in held or "`pyproject.toml`" in held for _, held in rows)


def test_named_verbs_exist() -> None:
    scripts = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["scripts"]
    assert set(re.findall(r"npm run (\w+)", TEXT)) <= set(scripts)


def test_ci_runs_the_test_command_of_readme() -> None:
    last = (ROOT / ".ci" / "run").read_text(encoding="utf-8").rstrip().splitlines()[-1]
    assert last == "npm test"
    assert f"{last} " in TEXT
