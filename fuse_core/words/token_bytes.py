"""The bytes a token itself stands for, whatever part of a character they are."""

from __future__ import annotations

import re

from tokenizers.models import WordPiece

from fuse_core.words.tokenizer import WordTokenizer

BYTE = re.compile(r"<0x([0-9A-F]{2})>")  # a byte that SentencePiece has no other token for
SPACE = "▁"  # SentencePiece's


def _byte_letters() -> dict[str, int]:
    """GPT-2's letters for bytes: printable ones stand for themselves, the others follow from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + k): byte for k, byte in enumerate(others)}


BYTE_LETTERS = _byte_letters()


def token_bytes(tokenizer: WordTokenizer, token_id: int) -> bytes | None:
    """The bytes of one token's own text, a word-start space included; None for special and unknown tokens.

    Marks of the vocabulary's spelling (``Ġ``, ``##``, ``</w>``, ``▁``) are no text: a space, or nothing.
    """
    if token_id in tokenizer.special_ids or token_id == tokenizer.unknown_id:
        return None
    model, decoder = tokenizer.backend.model, tokenizer.backend.decoder
    spelled = tokenizer.token_name(token_id)
    spelled = spelled.removeprefix(getattr(model, "continuing_subword_prefix", None) or "")
    spelled = spelled.removesuffix(getattr(model, "end_of_word_suffix", None) or "")
    if decoder is not None and b"ByteLevel" in decoder.__getstate__() and set(spelled) <= BYTE_LETTERS.keys():
        return bytes(BYTE_LETTERS[letter] for letter in spelled)
    if single := BYTE.fullmatch(spelled):
        return bytes([int(single[1], 16)])
    return (spelled if isinstance(model, WordPiece) else spelled.replace(SPACE, " ")).encode("utf-8")
