"""Checks of settings: one sentence that names the field and what it may be."""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Sequence

from fuse_core.common.errors import UserError

# Characters of a text around or in place of a prompt (models read some 500 tokens), and of a word; words of a list.
# Texts are multiplied by thousands of candidates, so they are measured before anything is done with them.
LONGEST_TEXT, LONGEST_WORD, MOST_WORDS = 2_000, 100, 200
_shown = reprlib.Repr()
_shown.maxstring = _shown.maxother = 80


def whole_number(name: str, value: object, low: int, high: int) -> None:
    """Raise ``UserError`` unless the value is an int from ``low`` to ``high``."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise UserError(f"'{name}' must be a whole number from {low} to {high}, got {_shown.repr(value)}.")


def weight(name: str, value: object) -> None:
    """Raise ``UserError`` unless the value is a finite number from 0 up."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not (0 <= value < math.inf):
        raise UserError(f"'{name}' must be a number from 0 up, got {_shown.repr(value)}.")


def text(name: str, value: object, longest: int = LONGEST_TEXT) -> None:
    """Raise ``UserError`` unless the value is a string of at most ``longest`` characters that UTF-8 can write."""
    if not isinstance(value, str):
        raise UserError(f"'{name}' must be text, got {_shown.repr(value)}.")
    if re.search(r"[\ud800-\udfff]", value):
        raise UserError(
            f"'{name}' holds half a character or bytes that are no text: {ascii(value)[:80]}.", "Retype it."
        )
    if len(value) > longest:
        raise UserError(f"'{name}' has {len(value):,} characters; {longest:,} is the most.", "Shorten it.")


def words(name: str, value: object) -> tuple[str, ...]:
    """Lower-case single words from a list of them; raise ``UserError`` for anything else, or too much of it."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(w, str) and len(w.split()) == 1 for w in value):
        raise UserError(f"'{name}' must be a list of single words, got {_shown.repr(value)}.")
    if len(value) > MOST_WORDS:
        raise UserError(f"'{name}' has {len(value):,} words; {MOST_WORDS} is the most.", "Give fewer.")
    for word in value:
        text(name, word, LONGEST_WORD)
    return tuple(w.strip().lower() for w in value)


def choice(name: str, value: object, known: Sequence[str]) -> None:
    """Raise ``UserError`` unless the value is one of those known."""
    if value not in known:
        raise UserError(f"'{name}' must be one of {', '.join(known)}, got {_shown.repr(value)}.")


def known_fields(origin: str, values: object, known: Sequence[str], such_as: str) -> dict:
    """JSON values as a dict; raise ``UserError`` unless they are an object of known fields."""
    if not isinstance(values, dict):
        raise UserError(f"{origin} must be a JSON object with fields such as {such_as}.")
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise UserError(f"{origin} have an unknown field '{unknown[0]}'.", f"Known: {', '.join(sorted(known))}.")
    return values
