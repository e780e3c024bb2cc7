"""Byte-level BPE by ranks: tiktoken's files, a token and its rank a line, and Mistral's Tekken, the same as JSON."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence

from tokenizers import AddedToken, Tokenizer
from tokenizers.models import BPE

from fuse_core.common.errors import UserError
from fuse_core.models.tokenizer_files.guarded import explained

GPT2 = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
O200K = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)
# The file does not tell where its tokenizer cuts a text first. Those of these sizes are known (tiktoken's
# openai_public.py); for others that of cl100k is taken, which Llama 3 and Qwen have as well, but for numbers.
PATTERNS = {50_256: GPT2, 50_280: GPT2, 199_998: O200K}


def from_ranks(text: str, name: str) -> Tokenizer:
    """The tokenizer of a tiktoken file.

    Raises
    ------
    UserError
        For a line that is no token with its rank.
    """
    ranks = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            token, rank = line.split()
            ranks[base64.b64decode(token, validate=True)] = int(rank)
        except (ValueError, binascii.Error) as error:
            raise UserError(
                f"'{name}' is no tokenizer: line {number} is no token with its rank.",
                "Choose a tokenizer.json, a SentencePiece .model or a .tiktoken file.",
            ) from error
    return _by_ranks(ranks, PATTERNS.get(len(ranks)), (), name)


def from_tekken(definition: Mapping, name: str) -> Tokenizer:
    """The tokenizer of a ``tekken.json``: special tokens first, then as many of the ranks as its size leaves room for.

    Raises
    ------
    UserError
        For a file that lacks what such a file has.
    """
    with explained(f"'{name}' is no Tekken file that can be read"):
        config, specials = definition["config"], definition.get("special_tokens") or ()
        pattern = str(config["pattern"])
        count = int(config.get("default_num_special_tokens", len(specials)))
        named = {int(token["rank"]): str(token["token_str"]) for token in specials}
        room = int(config.get("default_vocab_size", count + len(definition["vocab"]))) - count
        ranks = {base64.b64decode(token["token_bytes"]): int(token["rank"]) for token in definition["vocab"][:room]}
        first = [named.get(k, f"<SPECIAL_{k}>") for k in range(count)]
    return _by_ranks(ranks, pattern, first, name)


def _by_ranks(ranks: Mapping[bytes, int], pattern: str | None, first: Sequence[str], name: str) -> Tokenizer:
    """``first`` are special tokens, whose ids come before the ranks."""
    from transformers.convert_slow_tokenizer import TikTokenConverter

    missing = sum(bytes([byte]) not in ranks for byte in range(256))
    if missing:
        raise UserError(
            f"'{name}' is no byte-level tokenizer: {missing} of the 256 bytes have no token.", "Choose another file."
        )

    class Converter(TikTokenConverter):
        """transformers' own, from ranks that are read already."""

        @staticmethod
        def load_tiktoken_bpe(tiktoken_url: str) -> dict[bytes, int]:
            return dict(ranks)

        def tokenizer(self) -> Tokenizer:
            vocabulary, merges = self.extract_vocab_merges_from_model("")
            ids = {token: k for k, token in enumerate(first)}
            ids |= {token: rank + len(first) for token, rank in vocabulary.items()}
            return Tokenizer(BPE(ids, merges, fuse_unk=False, ignore_merges=True))

    with explained(f"'{name}' is no tokenizer that can be read"):
        backend = (Converter(pattern=pattern) if pattern else Converter()).converted()
        backend.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in first])
    return backend
