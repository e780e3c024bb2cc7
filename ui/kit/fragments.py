"""HTML fragments: everything that comes from users or models is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from fuse_core.search.records import Beam, Step, WordStrength


def caption_card(prefix: str, suffix: str, best: Beam, words: Sequence[WordStrength]) -> str:
    """The best prompt in large type, each word coloured by how hard the image model's gradient pulls at it."""
    if not best.text:
        return (
            '<div class="fx-caption fx-muted" id="caption" data-caption="">No caption yet. '
            "Press <b>Step</b> for one token, or <b>Run</b> for all.</div>"
        )
    strongest = max((w.strength or 0.0 for w in words), default=0.0) or 1.0
    spans = " ".join(_coloured_word(w, strongest) for w in words) or escape(best.text.strip())
    return (
        f'<div class="fx-caption" id="caption" data-caption="{escape(best.text.strip(), quote=True)}">'
        f'<span class="fx-muted">{escape(prefix)}</span> {spans}<span class="fx-muted">{escape(suffix)}</span></div>'
    )


def _coloured_word(word: WordStrength, strongest: float) -> str:
    if word.strength is None:
        hint = "No bucket serves this word: no gradient"
        return f'<span class="fx-word fx-nomap" title="{hint}">{escape(word.text)}</span>'
    share = round(100 * word.strength / strongest)
    hint = f"gradient norm {word.strength:.3f}"
    return f'<span class="fx-word" style="--pull:{share}%" title="{hint}">{escape(word.text)}</span>'


def status(message: str, kind: str = "info", share: float | None = None) -> str:
    """The line under the buttons: what is happening, with a bar where there is progress to show."""
    bar = "" if share is None else f'<div class="fx-bar"><div style="width:{share:.0%}"></div></div>'
    role = "alert" if kind == "error" else "status"
    return f'<div class="fx-status fx-{kind}" role="{role}">{escape(message)}{bar}</div>'


def recorded_note(created: str) -> str:
    """The label of the recorded run."""
    return (
        '<div class="fx-status fx-recorded" role="status"><b>Recorded run</b>, made with this program on '
        f"{escape(created)}. Press <b>Step</b> or <b>Run</b> to start your own on this picture, "
        "or upload another.</div>"
    )


def step_facts(step: Step, total: int) -> str:
    """One line of facts on a step."""
    if step.index == 0:
        return "Start: the prompt is empty."
    forwards = f"{step.forwards} language-model forward pass" + ("" if step.forwards == 1 else "es")
    return (
        f"Step {step.index} of {total}: {step.evaluations:,} candidates scored exactly, {forwards}, "
        f"{step.seconds:.1f} s."
    )
