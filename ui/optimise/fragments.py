"""HTML fragments of the Optimise tab."""

from __future__ import annotations

from collections.abc import Sequence

from fuse_core.search.config import CaptionConfig, config_options
from fuse_core.search.default_preset import offline_preset
from fuse_core.search.methods.registry import idle_note
from fuse_core.search.records import Beam, Step, WordStrength
from fuse_core.search.saved_session import SavedSession
from ui.kit.templates import render


def caption_card(prefix: str, suffix: str, best: Beam, words: Sequence[WordStrength]) -> str:
    """The best prompt in large type, each word coloured by how hard the image model's gradient pulls at it."""
    strongest = max((w.strength or 0.0 for w in words), default=0.0) or 1.0
    coloured = [_coloured_word(word, strongest) for word in words]
    return render("caption", caption=best.text.strip(), prefix=prefix, suffix=suffix, words=coloured, coming=False)


def _coloured_word(word: WordStrength, strongest: float) -> dict[str, object]:
    if word.strength is None:
        return {"text": word.text, "mapped": False, "share": 0, "hint": "No bucket serves this word: no gradient"}
    hint = f"gradient norm {word.strength:.3f}"
    return {"text": word.text, "mapped": True, "share": round(100 * word.strength / strongest), "hint": hint}


# What makes the recorded run again; a test fails when its settings are no longer those of the offline preset.
RECORD = "python -m fuse_core caption assets/images/{picture} --preset {preset} --out assets/recorded/{preset}.json"
TOLD = ("source", "target", "method", "guidance", "unit", "candidates", "beams", "steps", "seed")


def recorded_note(saved: SavedSession) -> str:
    """The label of the recorded run, with its settings and how it was made."""
    values, options = saved.config.as_dict(), config_options()
    told = ", ".join(f"{options[name].label.lower()} {values[name]}" for name in TOLD if name in values)
    command = RECORD.format(picture=saved.picture_name, preset=offline_preset())
    return render("recorded", created=saved.created, settings=told, command=command)


def step_facts(step: Step, config: CaptionConfig, total: int, changed: str = "") -> str:
    """A line of facts on a step of ``total``, taken under ``config``, which ``changed`` before it."""
    if step.index == 0:
        return "Start: the prompt is empty."
    passes = f"{step.n_forward_passes} language-model forward pass" + ("" if step.n_forward_passes == 1 else "es")
    scored = f"{step.evaluations:,} candidates scored exactly"
    facts = f"Step {step.index} of {total}: {scored}, {passes}, {step.seconds:.1f} s."
    facts += f" Settings changed before it: {changed}." if changed else ""
    return " ".join(filter(None, [facts, step.filter_note, idle_note(step, config.method)]))
