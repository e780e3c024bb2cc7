"""The FUSE adapter: t-linear maps between two models' word tensors, and their adjoints (arXiv 2408.04816).

A map is fitted per token-length bucket. ``target`` bucketing is the paper's: one map per target length ``j``, source
words truncated or zero-padded to ``j`` slots. ``pair`` has one map per ``(i, j)`` on ``l = max(i, j)`` slots, so that
no token of either side is dropped; there the first token of a word has channels of its own (``first_token``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Literal

import torch
from torch import Tensor

from fuse_core.adapter.adjoint import vjp_map
from fuse_core.adapter.bucket_fit import BucketReport
from fuse_core.adapter.map import Bucketing, Features, apply_map, bucket_key, has_first_token_block

Stored = Literal["float32", "float16"]


@dataclass(frozen=True)
class AdapterInfo:
    """All that an adapter depends on; two adapters with equal info are interchangeable.

    Attributes
    ----------
    source, target : str
        Keys of the models.
    source_fingerprint, target_fingerprint : str
        Of their tokenizers' definitions.
    source_table, target_table : str
        Digests of their embedding tables: other weights under the same key are another model.
    words, words_digest : str
        The corpus by name, for people, and by its words in their order.
    features : 'embedding' or 'layers'
        What words of one source token are mapped from: their embedding, or the source's features of them.
    source_features : str
        Digest of what the features depend on; empty for the embedding.
    stored : 'float32' or 'float16'
        The numbers of the maps in its file; maps in memory are float32 again.
    """

    source: str
    target: str
    source_fingerprint: str
    target_fingerprint: str
    source_table: str
    target_table: str
    bucketing: Bucketing
    max_tokens: int
    words: str
    words_digest: str
    examples: int
    ridge: str
    separate_first: bool = False
    features: Features = "embedding"
    source_features: str = ""
    stored: Stored = "float32"
    format_version: int = 6

    def as_dict(self) -> dict:
        """As JSON values; later fields are left out where they say what always was: what is kept stays valid."""
        values = asdict(self)
        if self.stored == "float32":
            del values["stored"]
        if self.features == "embedding":
            del values["features"], values["source_features"]
        return values


@dataclass
class Adapter:
    """Fitted maps of a pair of models. Words and gradients may be on another device than they: they go there and back.

    Attributes
    ----------
    info : AdapterInfo
    maps : dict
        ``(i, j)`` -> Tensor of shape (d_src, d_tgt, l), or (2 d_src, d_tgt, l) where the first token has channels of
        its own; key ``(0, j)`` under ``target`` bucketing. Under ``layers`` those of one source token have as many rows
        as the source has features of a token.
    reports : list of BucketReport
    """

    info: AdapterInfo
    maps: dict[tuple[int, int], Tensor]
    reports: list[BucketReport] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        """Storage of the maps in bytes."""
        halves = 2 if self.info.stored == "float16" else 1
        return sum(m.numel() * m.element_size() for m in self.maps.values()) // halves

    @property
    def d_src(self) -> int:
        """Width of what the source's words are mapped from: of its embeddings, where there is a map that takes them."""
        (i, _), m = max(self.maps.items(), key=lambda item: item[0])
        return m.shape[0] // 2 if self.has_first_token_block(i) else m.shape[0]

    def has_first_token_block(self, i: int) -> bool:
        """Whether the maps of words of ``i`` source tokens have channels of their own for the first token."""
        return has_first_token_block(self.info.bucketing, self.info.separate_first, i)

    @property
    def device(self) -> torch.device:
        return next(iter(self.maps.values())).device

    def completed(self, other: Adapter) -> Adapter:
        """With another adapter's maps, and their reports, for the buckets that this one has none for."""
        longer = [report for report in other.reports if (report.i, report.j) not in self.maps]
        return Adapter(self.info, {**other.maps, **self.maps}, [*self.reports, *longer])

    def to(self, device: torch.device | str) -> Adapter:
        """The same adapter on another device."""
        return Adapter(self.info, {k: m.to(device) for k, m in self.maps.items()}, self.reports)

    def map_for(self, i: int, j: int) -> Tensor | None:
        """The map that serves words of ``i`` source and ``j`` target tokens; None when the word is out of reach."""
        limit = self.info.max_tokens
        if not (1 <= i <= limit and 1 <= j <= limit):
            return None
        return self.maps.get(bucket_key(self.info.bucketing, i, j))

    def map_words(self, x: Tensor, j: int) -> Tensor | None:
        """Map source words to the target's space.

        Parameters
        ----------
        x : Tensor, shape = (n, d_src, i)
            Embeddings, or under ``layers`` features of words of one token.
        j : int
            Target tokens of the words.

        Returns
        -------
        Tensor, shape = (n, d_tgt, j), or None when no map serves ``(i, j)``
            Differentiable. ``O(n d_src d_tgt l)``.
        """
        m = self.map_for(x.shape[2], j)
        if m is None:
            return None
        return apply_map(x.to(m.device), m, j).to(x.device)

    def vjp_words(self, g: Tensor, i: int) -> Tensor | None:
        """Pull target gradients back to the source's space: the adjoint of ``map_words``.

        Parameters
        ----------
        g : Tensor, shape = (n, d_tgt, j)
        i : int
            Source tokens of the words.

        Returns
        -------
        Tensor, shape = (n, d_src, i), or None when no map serves ``(i, j)``
            ``(g padded to l) * M'`` (t-transpose), first ``i`` slots. ``O(n d_src d_tgt l)``.
        """
        m = self.map_for(i, g.shape[2])
        if m is None:
            return None
        return vjp_map(g.to(m.device), m, i, self.has_first_token_block(i)).to(g.device)

    def heldout_error(self) -> float:
        """Held-out relative error, averaged over buckets with the number of held-out words as weights."""
        return self._heldout_mean(lambda report: report.heldout_error)

    def explained(self) -> float:
        """Explained variance of held-out words, averaged likewise."""
        return self._heldout_mean(lambda report: report.explained)

    def _heldout_mean(self, measure: Callable[[BucketReport], float]) -> float:
        measured = [r for r in self.reports if r.heldout_words]
        words = sum(r.heldout_words for r in measured)
        return sum(measure(r) * r.heldout_words for r in measured) / words if words else float("nan")
