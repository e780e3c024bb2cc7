"""The settings panel: a preset, the fields it fills, and all that a loaded run was told besides."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from fuse_core.objective.losses.loss import LOSSES
from fuse_core.search.config import CaptionConfig
from fuse_core.search.config_fields import method_options, own_options
from fuse_core.search.first_term import NO_TERM, with_first_term
from fuse_core.search.methods.registry import METHODS
from fuse_core.search.presets import load_preset, preset_names
from fuse_core.search.sentiment import NONE, sentiment_of, with_sentiment
from fuse_core.search.terms.term_kind import TERM_KINDS
from ui.kit.entered import entered
from ui.kit.model_menu import choices
from ui.kit.wiring import PRIVATE
from ui.optimise.settings_fields import OWN_TEXT, component, panel_options, panel_values, visible_fields


@dataclass(frozen=True)
class SettingsPanel:
    """The panel's components.

    Attributes
    ----------
    base : State
        The configuration last filled in, which holds what the panel has no field for: a second classifier, say.
    preset : Dropdown
    fields : dict
    """

    base: gr.State
    preset: gr.Dropdown
    fields: dict[str, Component]

    @property
    def inputs(self) -> list[Component]:
        """What a handler takes for ``read``."""
        return [self.base, *self.fields.values()]

    @property
    def outputs(self) -> list[Component]:
        return [self.base, self.preset, *self.fields.values()]

    def filled(self, config: CaptionConfig) -> dict[Component, Any]:
        """Updates that show a configuration."""
        return dict(zip(self.outputs, values_of(config), strict=True))


def build(default: str, why: str = "") -> SettingsPanel:
    """Lay the panel out, filled from a preset, and say why from this; choosing another preset fills it anew."""
    base = load_preset(default)
    options, values, own = panel_options(), panel_values(base), own_options(base.method)
    basic = [name for name, option in method_options().items() if not option.advanced]
    made: dict[str, Any] = {}
    hidden = [name for decides, when, names in DEPENDENT if not when(values[decides]) for name in names]

    def add(*names: str, min_width: int = 110) -> None:
        for name in names:
            shown = (name in own or name not in method_options()) and name not in hidden
            made[name] = component(options[name], values[name], shown, min_width)

    state = gr.State(base)
    about = "Which models, and settings to start from." + (f" The page starts from {default}: {why}." if why else "")
    preset = gr.Dropdown(preset_names(), value=default, label="Preset", info=about)
    add("prefix")
    with gr.Row():
        add("steps", "beams", min_width=90)
        add("candidates", min_width=132)  # its label is the longest
    with gr.Row():
        add("sentiment", "sentiment_weight")
    with gr.Accordion("Method and search", open=False, elem_id="method-settings"):
        add("method")
        note = gr.Markdown(METHODS[base.method].note, elem_id="method-note", elem_classes="fx-note")
        with gr.Row():
            add("search", "bucketing", "features", *(name for name in basic if name not in ("search", "candidates")))
        add("seed")
        with gr.Accordion("More options of the method", open=False, elem_id="advanced-settings"), gr.Row():
            add(*(name for name in method_options() if name not in basic))
    with gr.Accordion("Objective", open=False, elem_id="objective-settings"):
        with gr.Row():
            add("image_weight", "lm_weight")
        add("goal", "wanted_text", "examples", "lm_loss", "lm_text", "suffix")
        made[OWN_TEXT] = gr.Checkbox(values[OWN_TEXT], label="Other texts for the image-text model")
        with gr.Row(visible=values[OWN_TEXT]) as around_image:
            add("image_prefix", "image_suffix")
        add("further_kind", "further_model", "further_weight")
    with gr.Accordion("Models", open=False, elem_id="model-settings"):
        add("source", "target", "sentiment_model")
        with gr.Row():
            add("sentiment_prefix", "sentiment_suffix")
    with gr.Accordion("Pinned and banned words", open=False, elem_id="word-settings"):
        add("pinned", "banned", "word_filter")
    panel = SettingsPanel(state, preset, {name: made[name] for name in field_names()})
    _wire(panel, note, around_image)
    return panel


def _wire(panel: SettingsPanel, note: gr.Markdown, around_image: gr.Row) -> None:
    fields, own = panel.fields, list(method_options())
    turning: list[Component] = [panel.preset, fields["sentiment"], fields["lm_weight"]]
    # In the browser: whoever presses Step at once must not run with the weight before.
    script = f"(...now) => fxFluency({json.dumps(_fluency_weights())}, ...now)"
    fields["sentiment"].input(None, turning, fields["lm_weight"], js=script)  # type: ignore[attr-defined]
    panel.preset.input(lambda name: values_of(load_preset(name)), panel.preset, panel.outputs, **PRIVATE)
    changes: dict[str, tuple[Any, list]] = {
        "method": (
            lambda name: [METHODS[name].note, *visible_fields(name).values()],
            [note, *(fields[n] for n in own)],
        ),
        OWN_TEXT: (lambda wanted: gr.update(visible=wanted), [around_image]),
    }
    for decides, when, names in DEPENDENT:
        shown = [fields[name] for name in names]
        changes[decides] = (lambda value, w=when, to=shown: {c: gr.update(visible=w(value)) for c in to}, shown)
    changes["further_kind"] = (_term_fields, [fields["further_model"], fields["further_weight"]])
    for name, (change, outputs) in changes.items():
        fields[name].change(change, fields[name], outputs, **PRIVATE)  # type: ignore[attr-defined]


# What is shown only where another field asks for it: that field, whether its value does, and the fields shown.
DEPENDENT: tuple[tuple[str, Callable[[Any], bool], list[str]], ...] = (
    ("lm_loss", lambda loss: LOSSES[loss].needs_text, ["lm_text"]),
    ("goal", lambda goal: goal != "picture", ["wanted_text"]),
    ("further_kind", lambda kind: kind != NO_TERM, ["further_model", "further_weight"]),
)


def _term_fields(kind: str) -> list[dict[str, Any]]:
    """Updates of a term's model, whose choices are those that can serve, and weight."""
    if kind == NO_TERM:
        return [gr.update(visible=False)] * 2
    return [gr.update(visible=True, choices=choices(TERM_KINDS[kind].role)), gr.update(visible=True)]


def field_names() -> list[str]:
    return [*panel_options(), OWN_TEXT]


def _fluency_weights() -> dict[str, dict[str, float]]:
    """Preset -> sentiment -> the fluency weight that the preset of the same models for that sentiment has."""
    known = {name: load_preset(name) for name in preset_names()}
    return {
        name: {_sentiment(p): p.lm_weight for p in known.values() if (p.source, p.target) == (own.source, own.target)}
        for name, own in known.items()
    }


def _sentiment(config: CaptionConfig) -> str:
    found = sentiment_of(config)
    return found.label if found else NONE


def values_of(config: CaptionConfig) -> list:
    """A configuration as the panel's base, preset and values of its fields."""
    return [config, preset_of(config), *panel_values(config).values()]


def preset_of(config: CaptionConfig) -> str | None:
    """The preset whose settings these are, else one with their models; None where there is none."""
    known = {name: load_preset(name) for name in preset_names()}
    same = [name for name, preset in known.items() if preset == config]
    models = [n for n, preset in known.items() if (preset.source, preset.target) == (config.source, config.target)]
    return next(iter([*same, *models]), None)


def read(base: CaptionConfig, *values) -> CaptionConfig:
    """The configuration a visitor has set; what no field shows is as in ``base``.

    Raises
    ------
    UserError
        Naming the field that is empty or out of range.
    """
    options, given = panel_options(), dict(zip(field_names(), values, strict=True))
    own, others = own_options(entered(options["method"], given["method"])), method_options()
    # Fields of other methods are hidden: nobody can be asked to fill them in.
    hidden = {name for decides, when, names in DEPENDENT if not when(given[decides]) for name in names}
    shown = {n: entered(o, given[n]) for n, o in options.items() if (n in own or n not in others) and n not in hidden}
    for name in ("image_prefix", "image_suffix"):
        # A text that stood for none, and still does.
        same = getattr(base, name) is None and shown[name] == shown[name.removeprefix("image_")]
        shown[name] = shown[name] if given[OWN_TEXT] and not same else None
    sentiment = shown.pop("sentiment")
    about = {name.removeprefix("sentiment_"): shown.pop(name) for name in list(shown) if name.startswith("sentiment_")}
    further = {name.removeprefix("further_"): shown.pop(name) for name in list(shown) if name.startswith("further_")}
    config = with_first_term(base.changed(**{"wanted_text": "", **shown}), **further)
    return with_sentiment(config, sentiment) if sentiment == NONE else with_sentiment(config, sentiment, **about)
