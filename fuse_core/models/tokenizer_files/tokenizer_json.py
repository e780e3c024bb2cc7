"""``tokenizer.json``, the tokenizers library's own format."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tokenizers import Regex, Tokenizer, decoders
from tokenizers.models import BPE

from fuse_core.common.errors import UserError
from fuse_core.models.tokenizer_files.growth import LARGEST, growth
from fuse_core.models.tokenizer_files.guarded import explained

BLANK = r"[\s\x1c-\x1f\x85]"  # what Python strips
STEPS = ("normalizer", "pre_tokenizer", "decoder")


def from_json(definition: Mapping, name: str) -> Tokenizer:
    """The tokenizer of a definition.

    Raises
    ------
    UserError
        For a definition that the library does not take, or one whose steps would blow a text up.
    """
    if max(growth(definition.get(step)) for step in STEPS) > LARGEST:
        raise UserError(
            f"'{name}' would make a text more than {LARGEST} times as long.", "Choose a tokenizer of a published model."
        )
    model = definition["model"]
    if "dropout" in model:  # merges left out at random are for training: a text would be cut anew each time
        definition = {**definition, "model": {**model, "dropout": None}}
    with explained(f"'{name}' is no tokenizer that can be read"):
        backend = Tokenizer.from_str(json.dumps(definition))
    return _with_ended_words(backend)


def _with_ended_words(backend: Tokenizer) -> Tokenizer:
    """CLIP's ends of words read as spaces: transformers does so in a Python class of its own, which no file holds."""
    suffix = getattr(backend.model, "end_of_word_suffix", None)
    if isinstance(backend.model, BPE) and suffix and isinstance(backend.decoder, decoders.ByteLevel):
        backend.decoder = decoders.Sequence(  # type: ignore[assignment]
            [
                decoders.ByteLevel(),
                decoders.Replace(suffix, " "),
                decoders.Replace(Regex(rf"\A{BLANK}+|{BLANK}+\z"), ""),
            ]
        )
    return backend
