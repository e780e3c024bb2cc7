"""The settings panel: a preset and the fields it fills."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr
from gradio.components import Component

from fuse_core.errors import UserError
from fuse_core.guidance import GUIDANCES
from fuse_core.optimizers.classifier_config import ClassifierConfig
from fuse_core.optimizers.config import CaptionConfig, load_preset, preset_names
from fuse_core.optimizers.sentiment import NONE, SENTIMENTS, sentiment_of, with_sentiment
from ui.wiring import PRIVATE

WHOLE = ("steps", "beams", "candidates", "seed")
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
)


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
        return list(self.fields.values())


def build(default: str) -> SettingsPanel:
    """Lay the panel out, filled from a preset; choosing another preset fills it anew."""
    base = load_preset(default)
    sentiment, weight = _sentiment(base)
    preset = gr.Dropdown(
        preset_names(), value=default, label="Preset", info="Which models, and settings to start from."
    )
    made: dict[str, Component] = {}
    made["prefix"] = gr.Textbox(base.prefix, label="Prefix", info="What the caption continues.")
    with gr.Row():
        made["steps"] = gr.Number(base.steps, label="Steps", info="Tokens", precision=0, min_width=104)
        made["beams"] = gr.Number(base.beams, label="Beams", info="Prompts kept", precision=0, min_width=104)
        made["candidates"] = gr.Number(base.candidates, label="Candidates", info="Per beam", precision=0, min_width=104)
    with gr.Row():
        made["sentiment"] = gr.Dropdown(
            list(SENTIMENTS), value=sentiment, label="Sentiment", info="A third model's wish", min_width=110
        )
        made["sentiment_weight"] = gr.Number(
            weight, label="Sentiment weight", info="Times cross-entropy, nats", min_width=110
        )
    with gr.Accordion("Weights and search", open=False):
        with gr.Row():
            made["image_weight"] = gr.Number(
                base.image_weight, label="Picture weight", info="Times 1 - cosine", min_width=110
            )
            made["lm_weight"] = gr.Number(
                base.lm_weight, label="Fluency weight", info="Times nats a token", min_width=110
            )
        made["suffix"] = gr.Textbox(base.suffix, label="Suffix", info="Text after the caption.")
        made["guidance"] = gr.Dropdown(
            list(GUIDANCES),
            value=base.guidance,
            label="Who proposes tokens",
            info="fuse: the carried gradient. native: the image model's own gradient. lm: the language model alone.",
        )
        made["guidance_weight"] = gr.Number(
            base.guidance_weight, label="Gradient weight", info="Nats for one standard deviation of the gradient score."
        )
        with gr.Row():
            made["search"] = gr.Dropdown(["beam", "greedy"], value=base.search, label="Search", min_width=110)
            made["bucketing"] = gr.Dropdown(
                ["pair", "target"],
                value=base.bucketing,
                label="Word buckets",
                info="target: the paper's",
                min_width=110,
            )
        made["seed"] = gr.Number(base.seed, label="Seed", info="For random proposals.", precision=0)
    panel = SettingsPanel(preset, {name: made[name] for name in FIELDS})
    preset.input(_fill, preset, panel.outputs, **PRIVATE)
    return panel


def _fill(preset: str) -> list:
    return values_of(load_preset(preset))


def values_of(config: CaptionConfig) -> list:
    """A configuration as values of the panel's fields."""
    sentiment, weight = _sentiment(config)
    shown = {"sentiment": sentiment, "sentiment_weight": weight}
    return [shown[name] if name in shown else getattr(config, name) for name in FIELDS]


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
    given = dict(zip(FIELDS, values, strict=True))
    for name, value in given.items():
        if value is None:
            raise UserError(f"'{name}' is empty.", "Fill it in, or choose the preset again.")
    given |= {name: int(given[name]) for name in WHOLE}
    sentiment, weight = given.pop("sentiment"), given.pop("sentiment_weight")
    config = CaptionConfig.from_dict({**load_preset(preset).as_dict(), **given})
    return with_sentiment(config, sentiment) if sentiment == NONE else with_sentiment(config, sentiment, weight=weight)
