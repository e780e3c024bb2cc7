"""Settings that Baselines, Batch and Evaluate share: a preset, its budget, and what one may change of it besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from fuse_core.search.config import CaptionConfig, config_options
from fuse_core.search.config_fields import method_options, own_options
from fuse_core.search.presets import load_preset, preset_names
from ui.kit.entered import entered
from ui.kit.link_values import Setting
from ui.kit.wiring import PRIVATE

BUDGET = ("steps", "beams", "candidates")
FURTHER = ("method", "unit", "ending", "repeats", "budget", "examples")
KEPT, NONE = "", "none"
AS_PRESET = ("the preset's", KEPT)


@dataclass(frozen=True)
class Budget:
    """A preset, how much work a picture may cost, and further settings by their field's name."""

    preset: gr.Dropdown
    fields: dict[str, Any]

    @property
    def inputs(self) -> list[Component]:
        """What a handler takes for ``read``."""
        return [self.preset, *self.fields.values()]

    def read(self, preset: str, *values: object) -> CaptionConfig:
        """The settings a visitor has chosen; fields of other methods are hidden, and left out.

        Raises
        ------
        UserError
            Naming the field that is empty or out of range.
        """
        given = dict(zip(self.fields, values, strict=True))
        base, options = load_preset(preset), config_options()
        others = _foreign(preset, str(given["method"]))
        found = {}
        for name, value in given.items():
            if name in others or (value == KEPT and name in FURTHER):
                continue
            found[name] = "" if name == "examples" and value == NONE else entered(options[name], value)
        return base.changed(**found)

    def settings(self, name: str) -> dict[str, Setting]:
        """What links carry, under the names ``<name>-preset``, ``<name>-steps`` and so on."""
        fields = {f"{name}-{field}": component for field, component in self.fields.items()}
        return {f"{name}-preset": self.preset, **fields}


def build(default: str, name: str, further: Sequence[str] = FURTHER) -> Budget:
    """Lay the fields out and let the preset fill them; ``name`` begins their element ids."""
    base, options = load_preset(default).as_dict(), config_options()
    preset = gr.Dropdown(preset_names(), value=default, label="Preset", elem_id=f"{name}-preset", min_width=200)
    fields: dict[str, Any] = {}
    with gr.Row():
        for field in BUDGET:
            fields[field] = gr.Number(
                base[field],
                label=options[field].label,
                info=options[field].hint,
                min_width=132 if field == "candidates" else 90,  # its label is the longest
                elem_id=f"{name}-{field}",
            )
    with gr.Accordion("Method and further settings", open=False, elem_id=f"{name}-further"), gr.Row():
        for field in further:
            option = options[field]
            known = [NONE] if field == "examples" else [*option.choices]
            fields[field] = gr.Dropdown(
                [AS_PRESET, *((choice, choice) for choice in known)],
                value=KEPT,
                label=option.label,
                elem_id=f"{name}-{field}",
                min_width=120,
            )
    _wire(Budget(preset, fields))
    return Budget(preset, fields)


def _wire(budget: Budget) -> None:
    preset, fields = budget.preset, budget.fields

    def filled(name: str) -> list[Any]:
        values = load_preset(name).as_dict()
        return [values[field] for field in BUDGET]

    preset.input(filled, preset, [fields[field] for field in BUDGET], **PRIVATE)
    own = {field: component for field, component in fields.items() if field in method_options()}

    def shown(name: str, method: str) -> dict[Any, Any]:
        others = _foreign(name, method)
        return {component: gr.update(visible=field not in others) for field, component in own.items()}

    gr.on([preset.change, fields["method"].change], shown, [preset, fields["method"]], [*own.values()], **PRIVATE)


def _foreign(preset: str, method: str) -> set[str]:
    """The settings of other methods than the one that is chosen."""
    return method_options().keys() - own_options(method or load_preset(preset).method).keys()
