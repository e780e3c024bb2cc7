"""HTML and table rows of one text under two tokenizers; words and tokens are escaped here and kept to a length."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from fuse_core.words.alignment import AlignedWord
from fuse_core.words.tokenizer import WordTokenizer
from fuse_core.words.word import Word

SLOTS = 8  # colours for token slots; longer words repeat them
PILLS = 1_000  # tokens drawn a side: more make a page slow and nobody wiser
LETTERS, TOKENS = 80, 24  # of one word, in a table's cells


def both_splits(
    aligned: Sequence[AlignedWord], source: tuple[str, WordTokenizer], target: tuple[str, WordTokenizer]
) -> list[str]:
    """Both sides' ``split_view`` of one text; each side is given as its title and its tokenizer."""
    differs = [_pieces(word.source) != _pieces(word.target) for word in aligned]
    views = []
    for (title, tokenizer), words in (
        (source, [word.source for word in aligned]),
        (target, [word.target for word in aligned]),
    ):
        views.append(split_view(title, words, differs, [[tokenizer.token_name(k) for k in w.ids] for w in words]))
    return views


def _pieces(word: Word) -> list[str]:
    return [token.strip() for token in word.tokens]


def split_view(name: str, words: Sequence[Word], differs: Sequence[bool], token_names: Sequence[Sequence[str]]) -> str:
    """One tokenizer's split: pills grouped by word, coloured by slot; words that the two cut differently are marked.

    At most ``PILLS`` pills are drawn; a sentence says what is left out.
    """
    groups, room = [], PILLS
    for word, marked, names in zip(words, differs, token_names, strict=True):
        if not room:
            break
        groups.append(_group(word, marked, names[:room]))
        room = max(0, room - len(names))
    tokens = sum(len(w.ids) for w in words)
    body = "".join(groups) or '<span class="fx-muted">Type some text above.</span>'
    cut = f"The first {PILLS:,} of {tokens:,} tokens are drawn." if tokens > PILLS else ""
    size = f'<span class="fx-muted">{_counted(tokens, "token")}, {_counted(len(words), "word")}</span>'
    return (
        f'<div class="fx-split"><h4>{escape(name)} {size}</h4><div class="fx-groups" dir="auto">{body}</div>'
        f'<div class="fx-muted">{cut}</div></div>'
    )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _group(word: Word, marked: bool, names: Sequence[str]) -> str:
    pills = "".join(_pill(word, slot, label) for slot, label in enumerate(names))
    if word.unknown:
        pills = pills or '<span class="fx-pill fx-lost" title="The tokenizer drops this word">∅</span>'
    kinds = "fx-group" + (" fx-differs" if marked else "") + (" fx-unknown" if word.unknown else "")
    return f'<span class="{kinds}">{pills}</span>'


def _pill(word: Word, slot: int, label: str) -> str:
    covered = word.tokens[slot]
    content = covered.encode("utf-8", "replace")
    inside = content[:TOKENS].hex(" ") + (" …" if len(content) > TOKENS else "")
    hint = f"token {label} · id {word.ids[slot]} · slot {slot + 1} · bytes {inside}"
    shown = short(covered).replace(" ", "·").replace("\n", "⏎").replace("\t", "⇥") or label
    return f'<span class="fx-pill fx-slot{slot % SLOTS}" title="{escape(hint, quote=True)}">{escape(shown)}</span>'


def short(word: str) -> str:
    """A word, or its beginning."""
    return word if len(word) <= LETTERS else word[:LETTERS] + "…"


def joined(word: Word) -> str:
    """A word's tokens for a table's cell, or the first of them."""
    shown = [short(token.strip()) for token in word.tokens[:TOKENS]]
    more = f" | … {len(word.tokens):,} in all" if len(word.tokens) > TOKENS else ""
    return " | ".join(shown) + more + (" (unknown)" if word.unknown else "")


def aligned_rows(aligned: Sequence[AlignedWord]) -> list[list[str]]:
    """Word, both lengths, and the tokens of both sides, for a table."""
    rows = []
    for word in aligned:
        i, j = word.lengths
        rows.append([short(word.text), f"({i}, {j})", joined(word.source), joined(word.target)])
    return rows
