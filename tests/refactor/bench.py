"""A bench for refactorings: small projects, a place pointed at, and what becomes of the texts.

In: texts by file name, and the text that the cursor is on. Out: proposals, new texts, and what a program prints.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from switchpoint.analysis import Workspace
from switchpoint.refactor import Ground, Kind, Proposal, applied, proposals_at


@dataclass(frozen=True)
class Bench:
    """One open file of a workspace."""

    workspace: Workspace
    path: Path
    is_whole: bool = True

    def proposals(self, at: str) -> tuple[Proposal, ...]:
        """What is proposed with the cursor just inside the first `at`."""
        text = self.workspace.text(self.path)
        head = text[: text.index(at) + 1].replace("\r\n", "\n").replace("\r", "\n")
        line = head.count("\n") + 1
        return proposals_at(
            Ground(self.workspace, self.path, is_whole=self.is_whole), (line, len(head.split("\n")[-1]))
        )

    def one(self, kind: Kind, at: str) -> Proposal:
        [found] = [proposal for proposal in self.proposals(at) if proposal.kind is kind]
        return found

    def done(self, kind: Kind, at: str) -> dict[str, str]:
        """The texts that it changes, by file name."""
        found = self.one(kind, at)
        assert found.refusal is None, found.sentence
        assert found.edits
        return {file.path.name: applied(self.workspace.text(file.path), file.edits) for file in found.edits}


def project(folder: Path, texts: dict[str, str]) -> Bench:
    """The first file is the open one."""
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode("utf-8"))
    path = folder / next(iter(texts))
    workspace = Workspace([folder])
    workspace.set_text(path, texts[path.name])
    return Bench(workspace, path)


def printed(text: str) -> str:
    """What a program prints, run here."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(text, "<program>", "exec"), {"__name__": "__main__"})
    return out.getvalue()


def printed_by(folder: Path, name: str) -> str:
    """What a program of a folder prints, run by itself."""
    done = subprocess.run([sys.executable, "-I", "-c", RUN, str(folder), name], capture_output=True, check=True)
    return done.stdout.decode("utf-8")


RUN = """\
import runpy, sys
sys.path.insert(0, sys.argv[1])
runpy.run_path(sys.argv[1] + "/" + sys.argv[2], run_name="__main__")
"""
