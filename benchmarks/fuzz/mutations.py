"""Inputs out of true ones: bytes that are changed, and JSON whose values are others."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

JUNK: tuple[Any, ...] = (None, True, False, 0, -1, 1, 7, 10**9, 10**400, 0.5, 1e308, 1e999, float("nan"), "", "x", "0")
JUNK += ("é\u0301😀", "\ud83d", "nan", "a" * 30_000, [], [None], [[]], {}, {"x": 1}, ["a b"])
JUNK += ("=1+1", "<b>", "../x", "\0")
JUNK += ("none", "smollm2", "minilm", "autodan", "gcg", "pez", "random", "data:image/png;base64,AAAA", [1] * 2_000)
NUMBERS = (0, 1, 127, 128, 255, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


@st.composite
def changed_bytes(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """A true input with one to eight changes: bits, bytes, numbers of four bytes, parts gone, twice, or of another."""
    content = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 8))):
        if not content:
            break
        # Beginnings, where heads are, as often as all the rest.
        at = draw(st.integers(0, len(content) - 1) | st.integers(0, min(64, len(content) - 1)))
        length = draw(st.integers(1, 64))
        match draw(st.integers(0, 7)):
            case 0:
                content[at] ^= 1 << draw(st.integers(0, 7))
            case 1:
                content[at] = draw(st.integers(0, 255))
            case 2:
                order = draw(st.sampled_from(["big", "little"]))
                content[at : at + 4] = draw(st.sampled_from(NUMBERS)).to_bytes(4, order)  # type: ignore[arg-type]
            case 3:
                del content[at : at + length]
            case 4:
                content[at:at] = content[at : at + length] * draw(st.integers(1, 40))
            case 5:
                other = draw(st.sampled_from(seeds))
                begin = draw(st.integers(0, max(0, len(other) - 1)))
                content[at : at + length] = other[begin : begin + length]
            case 6:
                content[at:at] = draw(st.binary(max_size=32))
            case _:
                del content[at:]
    return bytes(content)


@st.composite
def changed_json(draw: st.DrawFn, documents: Sequence[Any]) -> bytes:
    """A true document with one to four values gone, other, doubled, under another name, or from another place."""
    document = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 4))):
        holder, key = _place(draw, document)
        if holder is None:
            break
        match draw(st.integers(0, 5)):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, list):
                holder[key:key] = [copy.deepcopy(holder[key]) for _ in range(draw(st.integers(1, 300)))]
            case 1 | 2 if isinstance(holder, dict):
                holder[draw(st.sampled_from(["", "x", "steps", "config", "ids", "method"]))] = holder.pop(key)
            case 3:
                other, name = _place(draw, document)
                holder[key] = copy.deepcopy(other[name]) if other is not None else None
            case _:
                holder[key] = copy.deepcopy(draw(st.sampled_from(JUNK)))  # it may be changed in turn
    return json.dumps(document).encode()


def _place(draw: st.DrawFn, document: Any) -> tuple[Any, Any]:
    """A value of a document as who holds it and under what; None where it is empty."""
    place, holder, key = document, None, None
    while isinstance(place, (dict, list)) and place and (holder is None or draw(st.integers(0, 3))):
        holder = place
        key = draw(st.sampled_from(sorted(place)) if isinstance(place, dict) else st.integers(0, len(place) - 1))
        place = holder[key]
    return holder, key


def mostly(often: st.SearchStrategy[bytes], else_: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """The first three times out of four."""
    return st.integers(0, 3).flatmap(lambda k: often if k else else_)
