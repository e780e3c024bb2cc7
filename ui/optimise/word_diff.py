"""Two prompts of a run word by word."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

import gradio as gr

from fuse_core.search.records import Step
from ui.kit.guard import Update
from ui.kit.templates import render

MOST = 200  # prompts to choose from, the latest steps first


def word_diff(first: str | None, second: str | None) -> str:
    """Both prompts, the words marked that only one of them has."""
    a, b = (first or "").split(), (second or "").split()
    parts = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    pieces = [{"kind": kind, "first": " ".join(a[i:j]), "second": " ".join(b[k:m])} for kind, i, j, k, m in parts]
    return render("word_diff", pieces=pieces)


def choices(steps: Sequence[Step]) -> list[tuple[str, str]]:
    """What can be compared, as (label, prompt): the prompts kept and those finished, of the latest step first."""
    found: dict[str, str] = {}
    for step in reversed(steps):
        prompts = [*((b.text, "") for b in step.beams), *((b.text, ", ended") for b in step.finished_prompts)]
        for text, kind in prompts:
            if text.strip():
                found.setdefault(text.strip(), f"{text.strip()} (step {step.index}{kind})")
    return [(label, text) for text, label in found.items()][:MOST]


def update(
    first: gr.Dropdown, second: gr.Dropdown, shown: gr.HTML, steps: Sequence[Step], caption: str, leader: str
) -> Update:
    """Updates that compare the caption with the leader of the step on show, until others are chosen."""
    known = choices(steps)
    texts = [text for _, text in known]
    a, b = (text.strip() if text.strip() in texts else None for text in (caption, leader))
    return {
        first: gr.Dropdown(known, value=a),
        second: gr.Dropdown(known, value=b),
        shown: word_diff(a, b),
    }
