"""The settings panel's groups, and which fields a method reads."""

from __future__ import annotations

from typing import Any

import gradio as gr

from fuse_core.objective.language_loss import LANGUAGE_LOSSES, NEEDS_TEXT
from fuse_core.search.config import METHODS, SEARCHES, UNITS, CaptionConfig, guidances
from ui.kit.texts import text

# Fields that only some methods read; all others are for every method.
METHOD_FIELDS = {
    "autodan": ("guidance", "guidance_weight", "candidates", "search", "unit"),
    "gcg": ("guidance", "candidates", "search", "start", "length", "top_k"),
    "pez": ("guidance", "start", "length", "rate", "moves"),
    "random": ("candidates", "search", "start", "length", "ball", "radius"),
}
BY_METHOD = tuple(dict.fromkeys(name for names in METHOD_FIELDS.values() for name in names))


def method(base: CaptionConfig, made: dict[str, Any]) -> None:
    """How prompts are found."""
    shown = {name: name in METHOD_FIELDS[base.method] for name in BY_METHOD}
    with gr.Accordion("Method and search", open=False, elem_id="method-settings"):
        made["method"] = gr.Dropdown(
            list(METHODS),
            value=base.method,
            label="Method",
            info="autodan appends. gcg and random replace tokens; pez moves them in embedding space.",
        )
        made["method_note"] = gr.Markdown(method_note(base.method), elem_id="method-note", elem_classes="fx-note")
        with gr.Row():
            made["search"] = gr.Dropdown(list(searches(base.method)), value=base.search, label="Search", min_width=110)
            made["bucketing"] = gr.Dropdown(
                ["pair", "target"],
                value=base.bucketing,
                label="Word buckets",
                info="target: the paper's",
                min_width=110,
            )
        made["unit"] = gr.Dropdown(
            list(UNITS),
            value=base.unit,
            label="Unit",
            info="What a step appends: tokens, whole words retrieved for the picture, or of both kinds the better.",
            visible=shown["unit"],
        )
        made["guidance"] = gr.Dropdown(
            list(guidances(base.method)),
            value=base.guidance,
            label="Who proposes tokens",
            info="fuse: the carried gradient. native: the image model's own gradient. lm: the language model alone.",
            visible=shown["guidance"],
        )
        made["guidance_weight"] = gr.Number(
            base.guidance_weight,
            label="Gradient weight",
            info="Nats for one standard deviation of the gradient or similarity score.",
            visible=shown["guidance_weight"],
        )
        made["start"] = gr.Textbox(
            base.start, label="Start prompt", info="Empty: random words, drawn with the seed.", visible=shown["start"]
        )
        made["ball"] = gr.Dropdown(
            [("l0: tokens changed", "l0"), ("l2: distance in embedding space", "l2")],
            value=base.ball,
            label="Ball",
            info="What counts as near.",
            visible=shown["ball"],
        )
        numbers = {
            "length": ("Length", "Random tokens", 0),
            "top_k": ("Top k", "Tokens to draw from", 0),
            "rate": ("Rate", "Embedding lengths", None),
            "moves": ("Moves", "Of the rate, a step", 0),
            "radius": ("Radius", "Tokens, or lengths", None),
        }
        with gr.Row():
            for name, (label, info, precision) in numbers.items():
                value = getattr(base, name)
                made[name] = gr.Number(
                    value, label=label, info=info, precision=precision, visible=shown[name], min_width=110
                )
        made["seed"] = gr.Number(base.seed, label="Seed", info="Of all random choices.", precision=0)


def objective(base: CaptionConfig, made: dict[str, Any]) -> None:
    """What a prompt is judged by."""
    with gr.Accordion("Objective", open=False, elem_id="objective-settings"):
        with gr.Row():
            made["image_weight"] = gr.Number(
                base.image_weight, label="Picture weight", info="Times 1 - cosine", min_width=110
            )
            made["lm_weight"] = gr.Number(
                base.lm_weight, label="Fluency weight", info="Times the loss below", min_width=110
            )
        made["lm_loss"] = gr.Dropdown(
            list(LANGUAGE_LOSSES),
            value=base.lm_loss,
            label="Language-model loss",
            info="nll: a token's mean surprise. log_prob: the sum. cross_entropy: of a text to follow. "
            "kl_div: from what follows another text.",
        )
        made["lm_text"] = gr.Textbox(
            base.lm_text,
            label="Text for that loss",
            info="What is to follow (cross_entropy), or what to resemble (kl_div).",
            visible=base.lm_loss in NEEDS_TEXT,
        )
        made["suffix"] = gr.Textbox(base.suffix, label="Suffix", info="Text after the caption.")


def words(base: CaptionConfig, made: dict[str, Any]) -> None:
    """Words that prompts have to hold, and words they must not."""
    with gr.Accordion("Pinned and banned words", open=False, elem_id="word-settings"):
        made["pinned"] = gr.Textbox(
            ", ".join(base.pinned), label="Pinned words", info="Every new prompt has to hold them. Between commas."
        )
        made["banned"] = gr.Textbox(
            ", ".join(base.banned), label="Banned words", info="No new prompt may hold them. Between commas."
        )


def method_note(method: str) -> str:
    """Where a method comes from and what a step of it costs."""
    return text(f"method-{method}.md")


def searches(method: str) -> tuple[str, ...]:
    return SEARCHES if method == "autodan" else tuple(s for s in SEARCHES if s != "uniform-cost")


def applying(method: str, lm_loss: str, search: str, guidance: str) -> list[Any]:
    """The fields that a method and a loss read are shown, the others hidden."""
    shown = [gr.update(visible=name in METHOD_FIELDS[method]) for name in BY_METHOD]
    for name, value, known in (("search", search, searches(method)), ("guidance", guidance, guidances(method))):
        choices = [(choice, choice) for choice in known]
        shown[BY_METHOD.index(name)] |= {"choices": choices, "value": value if value in known else known[0]}
    return [*shown, gr.update(visible=lm_loss in NEEDS_TEXT), method_note(method)]
