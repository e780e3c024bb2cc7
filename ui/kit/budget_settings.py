"""Settings that the Baselines and Batch tabs share: a preset and its budget."""

from __future__ import annotations

from dataclasses import dataclass, replace

import gradio as gr

from fuse_core.common.errors import UserError
from fuse_core.search.config import CaptionConfig
from fuse_core.search.presets import load_preset, preset_names

BUDGET = ("steps", "beams", "candidates")


@dataclass(frozen=True)
class Budget:
    """A preset and how much work a picture may cost."""

    preset: gr.Dropdown
    numbers: tuple[gr.Number, ...]

    @property
    def inputs(self) -> list:
        """What a handler takes for ``read``."""
        return [self.preset, *self.numbers]


def build(default: str, name: str) -> Budget:
    """Lay the fields out; ``name`` begins their element ids."""
    base = load_preset(default)
    preset = gr.Dropdown(preset_names(), value=default, label="Preset", elem_id=f"{name}-preset", min_width=200)
    hints = {"steps": "A picture", "beams": "Prompts kept", "candidates": "Per beam and step"}
    with gr.Row():
        numbers = tuple(
            gr.Number(
                getattr(base, field),
                label=field.capitalize(),
                info=hint,
                precision=0,
                min_width=132 if field == "candidates" else 90,
                elem_id=f"{name}-{field}",
            )
            for field, hint in hints.items()
        )
    return Budget(preset, numbers)


def read(preset: str, *numbers: float | None) -> CaptionConfig:
    """The settings a visitor has chosen.

    Raises
    ------
    UserError
        Naming the field that is empty or out of range.
    """
    given = dict(zip(BUDGET, numbers, strict=True))
    for field, value in given.items():
        if value is None:
            raise UserError(f"'{field}' is empty.", "Fill it in.")
    return replace(load_preset(preset), **{field: int(value) for field, value in given.items() if value is not None})
