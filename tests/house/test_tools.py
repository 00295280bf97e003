"""The tools that keep the house: each is run as `npm run check` runs it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(sys.executable).parent


def ran(command: list[str]) -> tuple[int, str]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", errors="replace", check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["lint-imports", "--no-cache"], id="import contracts"),
        pytest.param(["ruff", "check", "--no-cache", "."], id="lint"),
        pytest.param(["ruff", "format", "--check", "--no-cache", "."], id="format"),
        pytest.param(["pyright"], id="types"),
    ],
)
def test_tool_finds_nothing(command: list[str]) -> None:
    name, *options = command
    program = shutil.which(name, path=str(SCRIPTS))
    assert program, f"{name} is not installed beside {sys.executable}"
    code, output = ran([program, *options])
    assert code == 0, output


def test_client_is_checked() -> None:
    if not (ROOT / "client-vscode" / "package.json").exists():
        pytest.skip("there is no client")
    npm = shutil.which("npm")
    if npm is None or not (ROOT / "node_modules").exists():
        pytest.skip("the client's packages are not installed (npm test installs them)")
    code, output = ran([npm, "run", "--workspace", "client-vscode", "check"])
    assert code == 0, output
