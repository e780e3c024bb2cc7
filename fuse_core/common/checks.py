"""Checks of settings: one sentence that names the field and what it may be."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Sequence

from fuse_core.common.errors import UserError

# Characters of a text around or in place of a prompt (models read some 500 tokens), and of a word; words of a list.
# Texts are multiplied by thousands of candidates, so they are measured before anything is done with them.
LONGEST_TEXT, LONGEST_WORD, MOST_WORDS = 2_000, 100, 200
_shown = reprlib.Repr()
_shown.maxstring = _shown.maxother = 80


def encodable(value: str) -> bool:
    """Whether UTF-8 can write a text: not so half a character, nor bytes of the command line that are no UTF-8."""
    return not re.search(r"[\ud800-\udfff]", value)


def text(name: str, value: object, longest: int = LONGEST_TEXT) -> None:
    """Raise ``UserError`` unless the value is a string of at most ``longest`` characters that UTF-8 can write."""
    if not isinstance(value, str):
        raise UserError(f"'{name}' must be text, got {_shown.repr(value)}.", fields=(name,))
    if not encodable(value):
        raise UserError(
            f"'{name}' holds half a character or bytes that are no text: {ascii(value)[:80]}.", "Retype it.", (name,)
        )
    if len(value) > longest:
        raise UserError(f"'{name}' has {len(value):,} characters; {longest:,} is the most.", "Shorten it.", (name,))


def choice(name: str, value: object, known: Sequence[str]) -> None:
    """Raise ``UserError`` unless the value is one of those known."""
    if value not in known:
        raise UserError(f"'{name}' must be one of {', '.join(known)}, got {_shown.repr(value)}.", fields=(name,))
