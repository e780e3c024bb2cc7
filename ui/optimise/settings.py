"""The settings panel: a preset and the fields it fills."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from fuse_core.common.errors import UserError
from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.config import CaptionConfig
from fuse_core.search.presets import load_preset, preset_names
from fuse_core.search.sentiment import NONE, SENTIMENTS, sentiment_of, with_sentiment
from ui.kit.wiring import PRIVATE
from ui.optimise import settings_fields
from ui.optimise.settings_fields import BY_METHOD, METHOD_FIELDS

WHOLE = ("steps", "beams", "candidates", "seed", "length", "top_k", "moves")
WORDS = ("pinned", "banned")
FIELDS = (
    "prefix",
    "steps",
    "beams",
    "candidates",
    "sentiment",
    "sentiment_weight",
    "suffix",
    "lm_weight",
    "image_weight",
    "guidance",
    "guidance_weight",
    "search",
    "bucketing",
    "seed",
    "method",
    "lm_loss",
    "lm_text",
    "start",
    "length",
    "top_k",
    "rate",
    "moves",
    "ball",
    "radius",
    "pinned",
    "banned",
    "unit",
)
OUTPUTS = 1 + len(FIELDS)  # the preset and the fields


@dataclass(frozen=True)
class SettingsPanel:
    """The panel's components; ``inputs`` is what a handler takes for ``read``."""

    preset: gr.Dropdown
    fields: dict[str, Component]

    @property
    def inputs(self) -> list[Component]:
        return [self.preset, *self.fields.values()]

    @property
    def outputs(self) -> list[Component]:
        return [self.preset, *self.fields.values()]


def build(default: str) -> SettingsPanel:
    """Lay the panel out, filled from a preset; choosing another preset fills it anew."""
    base = load_preset(default)
    sentiment, weight = _sentiment(base)
    preset = gr.Dropdown(
        preset_names(), value=default, label="Preset", info="Which models, and settings to start from."
    )
    made: dict[str, Any] = {}
    made["prefix"] = gr.Textbox(base.prefix, label="Prefix", info="What the caption continues.")
    with gr.Row():
        made["steps"] = gr.Number(base.steps, label="Steps", info="Tokens", precision=0, min_width=90)
        made["beams"] = gr.Number(base.beams, label="Beams", info="Prompts kept", precision=0, min_width=90)
        made["candidates"] = gr.Number(base.candidates, label="Candidates", info="Per beam", precision=0, min_width=132)
    with gr.Row():
        made["sentiment"] = gr.Dropdown(
            list(SENTIMENTS), value=sentiment, label="Sentiment", info="A third model's wish", min_width=110
        )
        made["sentiment_weight"] = gr.Number(
            weight, label="Sentiment weight", info="Times cross-entropy, nats", min_width=110
        )
    settings_fields.method(base, made)
    settings_fields.objective(base, made)
    settings_fields.words(base, made)
    panel = SettingsPanel(preset, {name: made[name] for name in FIELDS})
    turning = [preset, made["sentiment"], made["lm_weight"]]
    # In the browser: whoever presses Step at once must not run with the weight before.
    script = f"(...now) => fxFluency({json.dumps(_fluency_weights())}, ...now)"
    made["sentiment"].input(None, turning, made["lm_weight"], js=script)
    preset.input(_fill, preset, panel.outputs, **PRIVATE)
    deciding = [made["method"], made["lm_loss"], made["search"], made["guidance"]]
    changing = [made[name] for name in (*BY_METHOD, "lm_text", "method_note")]
    gr.on([made["method"].change, made["lm_loss"].change], settings_fields.applying, deciding, changing, **PRIVATE)
    return panel


def _fill(preset: str) -> list:
    return [gr.skip(), *values_of(load_preset(preset))[1:]]


def _fluency_weights() -> dict[str, dict[str, float]]:
    """Preset -> sentiment -> the fluency weight that the preset of the same models for that sentiment has."""
    known = {name: load_preset(name) for name in preset_names()}
    return {
        name: {
            _sentiment(p)[0]: p.lm_weight for p in known.values() if (p.source, p.target) == (own.source, own.target)
        }
        for name, own in known.items()
    }


def values_of(config: CaptionConfig) -> list:
    """A configuration as the panel's preset and values of its fields."""
    sentiment, weight = _sentiment(config)
    shown = {"sentiment": sentiment, "sentiment_weight": weight}
    shown |= {name: ", ".join(getattr(config, name)) for name in WORDS}
    return [_preset_of(config), *(shown[name] if name in shown else getattr(config, name) for name in FIELDS)]


def _preset_of(config: CaptionConfig) -> object:
    """The preset with a configuration's models; as it is where there is none."""
    models = (config.source, config.target)
    known = {name: load_preset(name) for name in preset_names()}
    return next((n for n, preset in known.items() if (preset.source, preset.target) == models), gr.skip())


def _sentiment(config: CaptionConfig) -> tuple[str, float]:
    """The sentiment classifier as the panel shows it: its label and weight."""
    found = sentiment_of(config)
    return (found.label, found.weight) if found else (NONE, ClassifierConfig.weight)


def read(preset: str, *values) -> CaptionConfig:
    """The configuration a visitor has set.

    Raises
    ------
    UserError
        Naming the field that is empty or out of range.
    """
    base = load_preset(preset).as_dict()
    given = dict(zip(FIELDS, values, strict=True))
    used = METHOD_FIELDS.get(given["method"], BY_METHOD)
    for name, value in given.items():
        if value is None and name in BY_METHOD and name not in used:
            given[name] = base[name]  # hidden: nobody can be asked to fill it in
        elif value is None or (name in WHOLE and not math.isfinite(value)):
            raise UserError(f"'{name}' is empty.", "Fill it in, or choose the preset again.")
    given |= {name: int(given[name]) for name in WHOLE}
    given |= {name: [w for w in re.split(r"[,\s]+", given[name]) if w] for name in WORDS}
    sentiment, weight = given.pop("sentiment"), given.pop("sentiment_weight")
    config = CaptionConfig.from_dict({**base, **given})
    return with_sentiment(config, sentiment) if sentiment == NONE else with_sentiment(config, sentiment, weight=weight)
