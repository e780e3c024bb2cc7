"""Seeds, one or several, in a text field."""

from __future__ import annotations

import re

import gradio as gr

from fuse_core.common.errors import UserError

MOST = 20
HINT = "Of all random choices. Several, as 0, 1, 2, run each picture with each."


def build(name: str) -> gr.Textbox:
    """The field; ``name`` begins its element id."""
    return gr.Textbox("0", label="Seeds", info=HINT, max_lines=1, elem_id=f"{name}-seeds")


def read(entered: str | None) -> list[int]:
    """The seeds in their order, each once.

    Raises
    ------
    UserError
        When there are none, too many, or something else.
    """
    found = [part for part in re.split(r"[\s,;]+", entered or "") if part]
    if not found or not all(re.fullmatch(r"[0-9]{1,10}", part) for part in found):
        raise UserError("The seeds have to be whole numbers from 0 on.", "Write one, or several as 0, 1, 2.")
    seeds = list(dict.fromkeys(map(int, found)))
    if len(seeds) > MOST:
        raise UserError(f"There are {len(seeds)} seeds; at most {MOST} are taken at once.", "Leave some out.")
    return seeds
