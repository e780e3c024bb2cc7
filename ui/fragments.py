"""HTML fragments: everything that comes from users or models is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from fuse_core.optimizers.records import Beam, Step, WordStrength
from fuse_core.words import AlignedWord, Word

SLOTS = 8  # colours for token slots; longer words repeat them


def caption_card(prefix: str, best: Beam, words: Sequence[WordStrength], suffix: str) -> str:
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


def split_view(name: str, words: Sequence[Word], differs: Sequence[bool], token_names: Sequence[Sequence[str]]) -> str:
    """One tokenizer's split: pills grouped by word, coloured by slot; words that the two cut differently are marked."""
    groups = []
    for word, marked, names in zip(words, differs, token_names, strict=True):
        pills = "".join(_pill(word, slot, label) for slot, label in enumerate(names))
        if word.unknown:
            pills = pills or '<span class="fx-pill fx-lost" title="The tokenizer drops this word">∅</span>'
        kinds = "fx-group" + (" fx-differs" if marked else "") + (" fx-unknown" if word.unknown else "")
        groups.append(f'<span class="{kinds}">{pills}</span>')
    tokens = sum(len(w.ids) for w in words)
    size = f'<span class="fx-muted">{tokens} tokens, {len(words)} words</span>'
    body = "".join(groups) or '<span class="fx-muted">Type some text above.</span>'
    return f'<div class="fx-split"><h4>{escape(name)} {size}</h4><div class="fx-groups" dir="auto">{body}</div></div>'


def _pill(word: Word, slot: int, label: str) -> str:
    covered = word.tokens[slot]
    hint = f"token {label} · id {word.ids[slot]} · slot {slot + 1} · bytes {covered.encode().hex(' ')}"
    shown = covered.replace(" ", "·").replace("\n", "⏎").replace("\t", "⇥") or label
    return f'<span class="fx-pill fx-slot{slot % SLOTS}" title="{escape(hint, quote=True)}">{escape(shown)}</span>'


def aligned_rows(aligned: Sequence[AlignedWord]) -> list[list[str]]:
    """Word, both lengths, and the tokens of both sides, for a table."""
    rows = []
    for word in aligned:
        i, j = word.lengths
        rows.append([word.text, f"({i}, {j})", " | ".join(word.source.tokens), " | ".join(word.target.tokens)])
    return rows
