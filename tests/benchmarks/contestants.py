"""The servers that are measured, each with its inlay hints switched on.

In: where the peers and the libraries of the measured code are installed. Out: contestants.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.talking import Contestant, Json

FLOOR = Path(__file__).with_name("floor.py")
SWITCHPOINT = "switchpoint"


def floor(visible: int, whole: int) -> Contestant:
    return Contestant("floor", [sys.executable, "-I", str(FLOOR), str(visible), str(whole)])


def program(server: Path, arguments: list[str]) -> list[str]:
    """Our own program, from the sources in a folder: a snapshot, while others work on the tree."""
    boot = f"import sys; sys.path.insert(0, {str(server)!r}); from switchpoint.cli import main; main()"
    return [sys.executable, "-I", "-c", boot, *arguments]


def switchpoint(server: Path, libraries: Path, cache: Path) -> Contestant:
    environment = {"SWITCHPOINT_CACHE_DIR": str(cache), "VIRTUAL_ENV": str(libraries)}
    return Contestant(SWITCHPOINT, program(server, ["serve"]), environment=environment)


def peers(folder: Path, libraries: Path) -> list[Contestant]:
    """Those of the peers that are installed in `folder`, an environment."""
    python = str(libraries / "bin" / "python")
    hints = dict.fromkeys(("variableTypes", "callArgumentNames", "functionReturnTypes", "genericTypes"), True)
    pyright: Json = {
        "basedpyright": {"analysis": {"inlayHints": hints, "diagnosticMode": "openFilesOnly"}},
        "python": {"pythonPath": python, "analysis": {}},
    }
    pyrefly: Json = {
        "python": {
            "pythonPath": python,
            "analysis": {"inlayHints": {**hints, "callArgumentNames": "all"}},
            "pyrefly": {"displayTypeErrors": "force-on"},
        }
    }
    ty: Json = {"ty": {"inlayHints": {"variableTypes": True, "callArgumentNames": True}}}
    environment = {"VIRTUAL_ENV": str(libraries)}
    programs = folder / "bin"
    found = [
        Contestant("ty", [str(programs / "ty"), "server"], ty, ty["ty"], environment),
        Contestant("pyrefly", [str(programs / "pyrefly"), "lsp"], pyrefly, {}, environment),
        Contestant("basedpyright", [str(programs / "basedpyright-langserver"), "--stdio"], pyright, {}, environment),
    ]
    return [each for each in found if Path(each.command[0]).exists()]
