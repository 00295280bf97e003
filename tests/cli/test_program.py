"""The program around its commands: start, help, errors, pipes, and what is on its import path."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.program import EXAMPLES, LONGEST, ROOT, one_clear_line, run, surroundings, text
from switchpoint import __version__

COMMANDS = ("annotate", "check", "explain", "observe", "serve")


def test_version_and_help() -> None:
    assert run("--version").out == f"switchpoint {__version__}\n"
    out = run("--help").out
    assert all(re.search(rf"^  {command} ", out, re.MULTILINE) for command in COMMANDS)
    assert run().out == out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    done = run(command, "--help")
    assert (done.code, "--debug" in done.out) == (0, True)


@pytest.mark.parametrize(
    "arguments", [["no_such_command"], ["--no-such-option"], ["serve", "--tcp", "nowhere"], ["explain"]]
)
def test_wrong_use_is_one_clear_line(arguments: list[str]) -> None:
    assert one_clear_line(run(*arguments))


def test_module_is_the_same_program() -> None:
    command = [sys.executable, "-m", "switchpoint", "--version"]
    done = subprocess.run(command, cwd=ROOT, env=surroundings({}), capture_output=True, timeout=LONGEST, check=False)
    assert text(done.stdout) == f"switchpoint {__version__}\n"


@pytest.mark.parametrize("flags", [[], ["-I"]])
def test_nothing_of_the_folder_it_is_started_in_is_run(tmp_path: Path, flags: list[str]) -> None:
    for name in ("click", "rich", "json", "ast", "jedi", "sitecustomize", "app"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nasync def f(): await f()\n")
    command = [sys.executable, *flags, "-m", "switchpoint", "check", "."]
    done = subprocess.run(
        command, cwd=tmp_path, env=surroundings({}), capture_output=True, timeout=LONGEST, check=False
    )
    assert done.returncode == 0, text(done.stderr)
    assert "app.py" in text(done.stdout)
    assert not (tmp_path / "ran").exists()


def test_start_imports_only_what_every_command_needs() -> None:
    program = "import sys, switchpoint.cli; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, timeout=LONGEST, check=True)
    loaded = set(text(done.stdout).split())
    assert "click" in loaded
    assert not loaded & {"asyncio", "jedi", "libcst", "lsprotocol", "parso", "pygls", "rich"}


def test_reader_that_leaves_early_sees_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "async def f():\n    await f()\n" + "# more than a pipe holds\n" * 50_000, encoding="utf-8"
    )
    command = [sys.executable, "-I", "-m", "switchpoint", "annotate", "a.py"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=surroundings({}), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    errors = text(process.stderr.read())
    process.stderr.close()
    assert (process.wait(LONGEST), errors) == (0, "")


@pytest.mark.parametrize(("debug", "lines"), [([], 1), (["--debug"], 2)])
def test_traceback_only_for_who_asks(tmp_path: Path, debug: list[str], lines: int) -> None:
    # A port that is taken is trouble that no option could have told beforehand.
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("serve", "--tcp", f"127.0.0.1:{taken.getsockname()[1]}", *debug, cwd=tmp_path)
    assert done.code != 0
    assert ("Traceback" in done.err) == bool(debug)
    assert min(done.err.count("\n"), 2) == lines


@pytest.mark.skipif(os.name == "nt", reason="file names are text there")
def test_file_name_that_is_no_text(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    try:
        (tmp_path / name).write_text("async def f():\n    await f()\n", encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes only text")
    done = run("check", tmp_path)
    assert (done.code, done.err.count("Traceback")) == (0, 0)
    assert len(run("check", tmp_path, "--format", "json").json["sites"]) == 1


def test_examples_run() -> None:
    for example in sorted(EXAMPLES.glob("*.py")):
        done = subprocess.run([sys.executable, example], capture_output=True, timeout=LONGEST, check=False)
        assert (done.returncode, text(done.stderr)) == (0, "")
