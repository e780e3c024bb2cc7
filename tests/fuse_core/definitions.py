"""Small tokenizers as the files of other libraries have them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from tokenizers import Tokenizer

from fuse_core.models.tokenizer_files.sentencepiece import from_model
from fuse_core.models.tokenizer_files.tiktoken import O200K, from_ranks, from_tekken
from fuse_core.words.token_bytes import BYTE_LETTERS

SPECIAL = [("<unk>", 2), ("<s>", 3), ("</s>", 3)]  # pieces and their kinds in a SentencePiece model
BYTES = [(f"<0x{byte:02X}>", 6) for byte in range(256)]


def spm_unigram(scored: Sequence[tuple[str, float]]) -> SimpleNamespace:
    """A Unigram model as the message of its file."""
    return _message(SPECIAL, scored, model_type=1, byte_fallback=False)


def spm_bpe(words: Sequence[str]) -> SimpleNamespace:
    """A BPE model with bytes to fall back to, in which every beginning of a word is a piece."""
    merged = dict.fromkeys(f"▁{word}"[: k + 1] for word in words for k in range(1, len(word) + 1))
    scored = [(piece, -float(k)) for k, piece in enumerate(merged)]
    scored += [(letter, -1e6) for letter in sorted({"▁", *"".join(words)})]
    return _message([*SPECIAL, *BYTES], scored, model_type=2, byte_fallback=True)


def _message(
    first: Sequence[tuple[str, int]], scored: Sequence[tuple[str, float]], model_type: int, byte_fallback: bool
) -> SimpleNamespace:
    pieces = [SimpleNamespace(piece=piece, score=0.0, type=kind) for piece, kind in first]
    pieces += [SimpleNamespace(piece=piece, score=score, type=1) for piece, score in scored]
    trainer = SimpleNamespace(model_type=model_type, byte_fallback=byte_fallback, treat_whitespace_as_suffix=False)
    rules = SimpleNamespace(precompiled_charsmap=b"", remove_extra_whitespaces=not byte_fallback, add_dummy_prefix=True)
    return SimpleNamespace(pieces=pieces, trainer_spec=trainer, normalizer_spec=rules)


def byte_ranks(byte_level: Tokenizer) -> dict[bytes, int]:
    """All bytes, then what a byte-level tokenizer has learnt, in its order."""
    vocabulary = byte_level.get_vocab()
    spelt = sorted((token for token in vocabulary if not token.startswith("<|")), key=vocabulary.__getitem__)
    return {bytes(BYTE_LETTERS[letter] for letter in token): k for k, token in enumerate(spelt)}


def tiktoken(byte_level: Tokenizer) -> str:
    """A tiktoken file of its ranks."""
    return "".join(f"{b64encode(token).decode()} {rank}\n" for token, rank in byte_ranks(byte_level).items())


def tekken(byte_level: Tokenizer) -> dict[str, Any]:
    """A Tekken file of its ranks, five more than its size leaves room for."""
    ranks = byte_ranks(byte_level)
    return {
        "config": {"pattern": O200K, "default_vocab_size": len(ranks), "default_num_special_tokens": 5},
        "vocab": [{"rank": rank, "token_bytes": b64encode(token).decode()} for token, rank in ranks.items()],
        "special_tokens": [{"rank": 0, "token_str": "<unk>"}, {"rank": 1, "token_str": "<s>"}],
    }


def families(
    words: Sequence[str], scored: Sequence[tuple[str, float]], byte_level: Callable[[], Tokenizer]
) -> dict[str, Callable[[], Tokenizer]]:
    """How each of them is read."""
    return {
        "spm-bpe": lambda: from_model(spm_bpe(words), "bpe.model"),
        "spm-unigram": lambda: from_model(spm_unigram(scored), "unigram.model"),
        "tekken": lambda: from_tekken(tekken(byte_level()), "tekken.json"),
        "tiktoken": lambda: from_ranks(tiktoken(byte_level()), "x.tiktoken"),
    }
