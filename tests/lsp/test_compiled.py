"""Where compiled code is kept: never beside a source, and never twice."""

import py_compile
import subprocess
import sys
from pathlib import Path

SERVER = Path(__file__).resolve().parents[2] / "server"
PROGRAM = """
import sys
sys.path[:0] = sys.argv[1:3]
from switchpoint.lsp.compiled import keep_in, kept_in
keep_in(sys.argv[3])
import known, new
print(known.VALUE, new.VALUE, kept_in() == sys.argv[3])
"""


def test_only_what_python_has_not_compiled_is_compiled_and_kept_in_the_folder(tmp_path: Path) -> None:
    sources, folder = tmp_path / "sources", tmp_path / "kept"
    sources.mkdir()
    for name in ("known", "new"):
        (sources / f"{name}.py").write_text(f"VALUE = {name!r}\n")
    py_compile.compile(str(sources / "known.py"))
    before = sorted(sources.rglob("*"))
    for _ in range(2):
        assert _run(sources, folder) == "known new True"
    assert sorted(sources.rglob("*")) == before
    kept = [path.name.split(".")[0] for path in folder.rglob("*.pyc")]
    assert "new" in kept
    assert "known" not in kept


def test_a_source_that_changed_is_compiled_again(tmp_path: Path) -> None:
    sources, folder = tmp_path / "sources", tmp_path / "kept"
    sources.mkdir()
    for name in ("known", "new"):
        (sources / f"{name}.py").write_text(f"VALUE = {name!r}\n")
    assert _run(sources, folder) == "known new True"
    (sources / "new.py").write_text("VALUE = 'newer'\n")
    assert _run(sources, folder) == "known newer True"


def test_without_a_folder_everything_is_as_python_does_it(tmp_path: Path) -> None:
    for name in ("known", "new"):
        (tmp_path / f"{name}.py").write_text(f"VALUE = {name!r}\n")
    assert _run(tmp_path, "") == "known new True"


def _run(sources: Path, folder: Path | str) -> str:
    command = [sys.executable, "-I", "-S", "-B", "-c", PROGRAM, str(SERVER), str(sources), str(folder)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout.strip()
