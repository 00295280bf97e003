"""The worker's half of code actions: proposals with their edits as they go over the wire.

In: a module and a place in it. Out: plain values. This module must not import the protocol's library, nor know what
the client can do with an action.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from switchpoint.refactor import Ground, proposals_at

if TYPE_CHECKING:
    from switchpoint.lsp.desk import Cancelled, Desk
    from switchpoint.lsp.encode import Encoder
    from switchpoint.lsp.messages import Plain
    from switchpoint.lsp.modules import Module
    from switchpoint.refactor import Proposal


def actions(desk: Desk, module: Module, place: tuple[int, int], cancelled: Cancelled) -> Plain:
    """What can be done at a place: titles, the reason against each, and edits of documents."""
    home = desk.home(module)
    cells = tuple(cell.first + 1 for cell in module.cells) if module.is_notebook else ()
    ground = Ground(home.workspace, Path(module.path), _others(desk, module), home.is_folder, cancelled, cells)
    encoder = desk.encoder(home)
    return [_encoded(proposal, encoder) for proposal in proposals_at(ground, place)]


def _others(desk: Desk, module: Module) -> tuple[Path, ...]:
    """What else is open in the same home, which may not be on disk."""
    home = desk.home(module)
    return tuple(Path(sheet.module.path) for sheet in desk.sheets.values() if desk.home(sheet.module) is home)


def _encoded(proposal: Proposal, encoder: Encoder) -> Plain:
    edits: list[Plain] = []
    for file in proposal.edits:
        for edit in file.edits:
            uri, span, text = encoder.edit(file.path, edit.span, edit.text)
            edits.append({"uri": uri, "range": span, "newText": text})
    return {"title": proposal.kind.value, "against": proposal.sentence, "edits": edits}
