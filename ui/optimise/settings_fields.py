"""The settings panel's fields, made from the options of the configuration: a component each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr
from gradio.components import Component

from fuse_core.common.options import Option, options_of
from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.config import CaptionConfig, config_options
from fuse_core.search.config_fields import method_options, own_options
from fuse_core.search.default_preset import usual_classifier
from fuse_core.search.first_term import NO_TERM
from fuse_core.search.objective_config import NO_MODEL
from fuse_core.search.sentiment import NONE, SENTIMENTS, sentiment_of
from fuse_core.search.term_config import TermConfig
from fuse_core.search.terms.term_kind import TERM_KINDS
from ui.kit.model_menu import choices
from ui.kit.texts import ANY_MODEL

SENTIMENT = Option("sentiment", "choice", NONE, "Sentiment", "A third model's wish.", choice=SENTIMENTS)
# No text and an empty text are two things to the image-text model, and one to a text box.
OWN_TEXT = "own_image_text"
KINDS = "Another model that judges prompts."
LONG_HINT, OWN_ROW = 80, 300  # letters; pixels


def panel_options() -> dict[str, Option]:
    """What the panel shows: the configuration's fields; for its lists, those of the sentiment and of the first term."""
    found = {name: option for name, option in config_options().items() if option.kind != "list"}
    own = {
        f"sentiment_{name}": replace(option, label=f"Sentiment {option.label.lower()}")
        for name, option in options_of(ClassifierConfig).items()
        if name != "label"
    }
    of_term = options_of(TermConfig)
    kind = replace(of_term["kind"], default=NO_TERM, choice=(NO_TERM, *of_term["kind"].choices), help=KINDS)
    model = replace(of_term["model"], role=next(iter(TERM_KINDS.values())).role)
    term = {"further_kind": kind, "further_model": model, "further_weight": of_term["weight"]}
    return {**found, "sentiment": SENTIMENT, **own, **term}


def panel_values(config: CaptionConfig) -> dict[str, Any]:
    """A configuration as the values of the panel's components; other methods' fields have their defaults."""
    found = {name: option.default for name, option in method_options().items()} | config.as_dict()
    wanted = sentiment_of(config)
    classifier = wanted or usual_classifier(config)
    found |= {"sentiment": wanted.label if wanted else NONE}
    found |= {f"sentiment_{name}": value for name, value in classifier.model_dump().items() if name != "label"}
    first = next(iter(config.further), None)
    found |= {"further_kind": first.kind if first else NO_TERM, "further_model": first.model if first else ""}
    found |= {"further_weight": first.weight if first else 1.0}
    found |= {OWN_TEXT: config.image_prefix is not None or config.image_suffix is not None}
    found |= dict(zip(("image_prefix", "image_suffix"), config.around_image, strict=True))
    found |= {name: ", ".join(found[name]) for name in ("pinned", "banned")}
    return {name: found[name] for name in (*panel_options(), OWN_TEXT)}


def component(option: Option, value: Any, visible: bool = True, min_width: int = 110) -> Component:
    """The component that a kind of option is set with; one with a long hint has a row of its own."""
    about: dict[str, Any] = {
        "label": option.label,
        "info": option.hint,
        "visible": visible,
        "min_width": OWN_ROW if len(option.hint) > LONG_HINT else min_width,
    }
    if option.role:
        about["info"] += f" {ANY_MODEL}"
        none = [NO_MODEL] if option.name == "target" else []
        return gr.Dropdown([*choices(option.role), *none], value=value, allow_custom_value=True, **about)
    if option.kind == "choice":
        return gr.Dropdown(list(option.choices), value=value, **about)
    if option.kind in ("whole", "number") and not option.optional:  # a Number shows one that is empty as 0
        return gr.Number(value, **about)  # no precision: it would round in silence what is to be refused
    return gr.Textbox(value, **about)


def visible_fields(method: str) -> dict[str, Any]:
    """Updates of the methods' fields: those of this method are shown, with its choices."""
    own = own_options(method)
    found: dict[str, Any] = {name: gr.update(visible=name in own) for name in method_options()}
    for name, option in own.items():
        if option.kind == "choice":
            found[name] |= {"choices": [(choice, choice) for choice in option.choices], "info": option.about}
    return found
