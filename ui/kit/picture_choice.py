"""Pictures for a table: a visitor's own, single examples, or whole sets of the project's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from fuse_core.common.errors import UserError
from ui.kit.examples import ASSETS, EXAMPLES
from ui.kit.thumbnails import strip
from ui.kit.uploads import FilesInput
from ui.kit.wiring import PRIVATE

SETS = {name: sorted((ASSETS / name).glob("*.jpg")) for name in ("images", "tuning", "evaluation", "eval")}
SINGLE = {path.stem: [path] for path in EXAMPLES}
OURS = SETS | SINGLE
OWN = "your own"  # where pictures are from that are no set


@dataclass(frozen=True)
class PictureChoice:
    """Uploads, and a menu of what the project has."""

    files: FilesInput
    ours: gr.Dropdown

    @property
    def inputs(self) -> list:
        """What a handler takes for ``read`` and ``folder_of``."""
        return [self.files, self.ours]


def build(name: str, chosen: Sequence[str]) -> PictureChoice:
    """Lay the fields out, with small copies of what is chosen; ``name`` begins their element ids."""
    files = FilesInput(label="Pictures of yours", file_count="multiple", elem_id=f"{name}-files", height=150)
    choices = [(f"all {len(paths)} of assets/{folder}", folder) for folder, paths in SETS.items()]
    choices += [(example, example) for example in SINGLE]
    ours = gr.Dropdown(choices, value=[*chosen], multiselect=True, label="Example pictures", elem_id=f"{name}-ours")
    shown = gr.HTML(strip(_paths(None, chosen)), elem_id=f"{name}-strip", padding=False)
    # Whoever uploads a picture means that, and not the example beside it; which may be chosen again.
    files.upload(list, None, ours, **PRIVATE)
    gr.on(
        [files.change, ours.change], lambda paths, names: strip(_paths(paths, names)), [files, ours], shown, **PRIVATE
    )
    return PictureChoice(files, ours)


def read(files: list[str] | None, chosen: list[str] | None) -> list[Path]:
    """The pictures, each once.

    Raises
    ------
    UserError
        When there are none.
    """
    if paths := _paths(files, chosen):
        return paths
    raise UserError("There are no pictures yet.", "Upload some, or choose examples.")


def folder_of(files: list[str] | None, chosen: list[str] | None) -> str:
    """Where the pictures are from, for people: a set's folder, or else that they are one's own choice."""
    return chosen[0] if not files and chosen and len(chosen) == 1 and chosen[0] in SETS else OWN


def _paths(files: list[str] | None, chosen: Sequence[str] | None) -> list[Path]:
    ours = [path for name in chosen or () for path in OURS.get(name, ())]
    return list(dict.fromkeys([*map(Path, files or ()), *ours]))
