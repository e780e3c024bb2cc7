"""Words of one's own that the word filter would remove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.common.errors import UserError
from fuse_core.words.word_filter import is_listed

if TYPE_CHECKING:
    from fuse_core.search.config import CaptionConfig

OWN = ("pinned", "prefix", "suffix", "start")  # what stands in a prompt and nobody proposed


def check_words(config: CaptionConfig) -> None:
    """Raise ``UserError``, naming the field, where the filter is on and a word of one's own is on its list."""
    if config.word_filter == "off":
        return
    values = config.as_dict()
    for name in OWN:
        given = values.get(name, "")
        if is_listed(given if isinstance(given, str) else " ".join(given)):
            problem = f"'{name}' holds a word that the word filter removes."
            raise UserError(problem, "Take another, or turn the filter off.", (name,))
