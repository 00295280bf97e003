"""Keeps README.md true: the blocks between markers are what the program really prints, and the settings as they are.

In: README.md with `<!-- output: ARGUMENTS -->`, `<!-- settings -->` and `<!-- end -->`. Out: the same with fresh
blocks; `--write` writes it, without it a stale README.md ends with 1.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from switchpoint.settings import markdown_table

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(
    r"(<!-- (?P<what>output: (?P<arguments>[^\n]*)|settings) -->\n)(?P<old>.*?)(<!-- end -->)", re.DOTALL
)
# On which line something stands in the standard library is the matter of one Python version.
LIBRARY = re.compile(r"\b(?P<file>asyncio/\w+\.py):\d+")


def main() -> int:
    """Compare or write; the exit code."""
    old = README.read_text(encoding="utf-8")
    new = fresh(old)
    if "--write" in sys.argv[1:]:
        README.write_text(new, encoding="utf-8", newline="\n")
        return 0
    if old != new:
        print("README.md is stale: npm run generate", file=sys.stderr)
    return int(old != new)


def fresh(text: str) -> str:
    """The text with every marked block made anew."""
    return BLOCK.sub(lambda match: f"{match[1]}{_block(match)}{match[5]}", text)


def _block(match: re.Match[str]) -> str:
    if match["what"] == "settings":
        return f"\n{markdown_table()}\n"
    command = [sys.executable, "-I", "-X", "utf8", "-m", "switchpoint", *shlex.split(match["arguments"])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    return f"\n```text\n{_printed(done.stdout)}\n```\n\n"


def _printed(output: str) -> str:
    lines = [LIBRARY.sub(r"\g<file>", line) for line in output.splitlines()]
    return "\n".join(line.rstrip() for line in lines if not line.startswith("Assumed: ")).strip()


if __name__ == "__main__":
    sys.exit(main())
