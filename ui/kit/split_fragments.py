"""HTML and table rows of one text under two tokenizers; words and tokens are kept to a length."""

from __future__ import annotations

from collections.abc import Sequence

from fuse_core.words.alignment import AlignedWord
from fuse_core.words.token_bytes import token_bytes
from fuse_core.words.tokenizer import WordTokenizer
from fuse_core.words.word import Word
from ui.kit.figures import SLOTS
from ui.kit.templates import render
from ui.kit.visible_text import visible

PILLS = 1_000  # tokens drawn a side: more make a page slow and nobody wiser
LETTERS, TOKENS = 80, 24  # of one word, in a table's cells


def both_splits(
    aligned: Sequence[AlignedWord], source: tuple[str, WordTokenizer], target: tuple[str, WordTokenizer]
) -> list[str]:
    """Both sides' ``split_view`` of one text; each side is given as its title and its tokenizer."""
    differs = [_pieces(word.source) != _pieces(word.target) for word in aligned]
    return [
        split_view(*source, [word.source for word in aligned], differs),
        split_view(*target, [word.target for word in aligned], differs),
    ]


def _pieces(word: Word) -> list[str]:
    return [token.strip() for token in word.tokens]


def split_view(
    name: str,
    tokenizer: WordTokenizer,
    words: Sequence[Word],
    differs: Sequence[bool],
    size: str | None = None,
    longest: int | None = None,
) -> str:
    """One tokenizer's split: pills grouped by word, coloured by slot; words that the two cut differently are marked.

    At most ``PILLS`` pills are drawn; a sentence says what is left out. ``size`` stands for how many tokens and words
    there are, in another language; words of more than ``longest`` tokens are marked as too long to carry a gradient.
    """
    groups, room = [], PILLS
    for word, marked in zip(words, differs, strict=True):
        if not room:
            break
        pills = [_pill(tokenizer, word, slot) for slot in range(min(room, len(word.ids)))]
        long = len(word.ids) if longest is not None and len(word.ids) > longest else 0
        groups.append({"differs": marked, "unknown": word.unknown, "pills": pills, "long": long})
        room -= len(pills)
    tokens = sum(len(w.ids) for w in words)
    size = size or f"{_counted(tokens, 'token')}, {_counted(len(words), 'word')}"
    cut = f"The first {PILLS:,} of {tokens:,} tokens are drawn." if tokens > PILLS else ""
    return render("split", title=name, size=size, groups=groups, cut=cut)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _pill(tokenizer: WordTokenizer, word: Word, slot: int) -> dict[str, str | int]:
    content, label = own_bytes(tokenizer, word, slot), tokenizer.token_name(word.ids[slot])
    inside = content[:TOKENS].hex(" ") + (" …" if len(content) > TOKENS else "")
    hint = f"token {label} · id {word.ids[slot]} · slot {slot + 1} · bytes {inside}"
    return {"slot": slot % len(SLOTS), "hint": hint, "text": short(visible(content)) or label}


def own_bytes(tokenizer: WordTokenizer, word: Word, slot: int) -> bytes:
    """The bytes of a word's token itself; of an unknown token what it covers of the text."""
    own = token_bytes(tokenizer, word.ids[slot])
    return word.tokens[slot].encode("utf-8", "replace") if own is None else own


def short(word: str) -> str:
    """A word, or its beginning."""
    return word if len(word) <= LETTERS else word[:LETTERS] + "…"


def joined(tokenizer: WordTokenizer, word: Word) -> str:
    """A word's tokens for a table's cell, or the first of them."""
    shown = [short(visible(own_bytes(tokenizer, word, slot).strip())) for slot in range(min(TOKENS, len(word.ids)))]
    more = f" | … {len(word.ids):,} in all" if len(word.ids) > TOKENS else ""
    return " | ".join(shown) + more + (" (unknown)" if word.unknown else "")
