"""How much longer a text may become on its way through a tokenizer's steps: files of strangers are read, too."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from math import prod

# Real ones stay below 150: NFKC writes one Arabic character as eighteen, and two or three replacements follow.
LARGEST = 256


def growth(step: object) -> int:
    """Most characters that one may become in a step of a ``tokenizer.json`` and the steps inside it.

    Twenty replacements of a letter by two would make a million of one.
    """
    if not isinstance(step, Mapping):
        return 1
    inner = [
        growth(part)
        for name in ("normalizers", "pretokenizers", "decoders")
        for part in (step[name] if isinstance(step.get(name), list) else [])
    ]
    return prod(inner) * _own(step)


def _own(step: Mapping) -> int:
    match step.get("type"):
        case "Replace" | "Prepend":
            return 1 + max(len(str(step.get(name, ""))) for name in ("content", "prepend"))
        case "ByteLevel":
            return 2  # a byte that is no letter is written as one of two bytes, and again in the next such step
        case "Precompiled":
            return _longest(str(step.get("precompiled_charsmap", "")))
        case _:
            return 1


def _longest(packed: str) -> int:
    """Characters of the longest entry of SentencePiece's table: a trie's size, the trie, entries that end in zero."""
    try:
        table = base64.b64decode(packed)
    except (binascii.Error, ValueError):
        return 1  # the library will refuse it
    entries = table[4 + int.from_bytes(table[:4], "little") :].split(b"\0")
    return max(1, *(len(entry.decode("utf-8", "replace")) for entry in entries))
