"""Settings that the Baselines and Batch tabs share: a preset and its budget."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from fuse_core.common.errors import UserError
from fuse_core.search.config import CaptionConfig, config_options
from fuse_core.search.presets import load_preset, preset_names
from ui.kit.link_values import Setting

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

    def settings(self, name: str) -> dict[str, Setting]:
        """What links carry, under the names ``<name>-preset``, ``<name>-steps`` and so on."""
        return {
            f"{name}-preset": self.preset,
            **{f"{name}-{field}": n for field, n in zip(BUDGET, self.numbers, strict=True)},
        }


def build(default: str, name: str) -> Budget:
    """Lay the fields out; ``name`` begins their element ids."""
    base, options = load_preset(default).as_dict(), config_options()
    preset = gr.Dropdown(preset_names(), value=default, label="Preset", elem_id=f"{name}-preset", min_width=200)
    with gr.Row():
        numbers = tuple(
            gr.Number(
                base[field],
                label=options[field].label,
                info=options[field].hint,
                precision=0,
                min_width=132 if field == "candidates" else 90,  # its label is the longest
                elem_id=f"{name}-{field}",
            )
            for field in BUDGET
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
    return load_preset(preset).changed(**given)
