"""Does a fit find the map of a synthetic pair, and does it carry the true gradient? (FUSE, arXiv 2408.04816)"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.fit import FitOptions, fit_adapter
from fuse_core.adapter.map import bucket_key
from fuse_core.adapter.transport import transport
from fuse_core.common.progress import Progress, part_of
from fuse_core.synthetic.pair import SyntheticPair
from fuse_core.words.alignment import AlignedWord


@dataclass(frozen=True)
class Gradients:
    """The gradient of a text's loss with respect to its source embeddings, true and carried.

    Attributes
    ----------
    words : list of AlignedWord
    true, carried : Tensor, shape = (source tokens, d_src)
        In loss units per unit of the source's embeddings.
    """

    words: list[AlignedWord]
    true: Tensor
    carried: Tensor

    @property
    def error(self) -> float:
        """``||carried - true|| / ||true||``."""
        return _relative(self.carried, self.true)

    @property
    def cosine(self) -> float:
        """Cosine of the angle between the two, over all components; 1 is the same direction."""
        return float(torch.cosine_similarity(self.carried.flatten(), self.true.flatten(), dim=0))

    def by_word(self) -> list[tuple[AlignedWord, Tensor, Tensor]]:
        """Each word with its own part of both: two tensors (i, d_src)."""
        lengths = [word.lengths[0] for word in self.words]
        return list(zip(self.words, self.true.split(lengths), self.carried.split(lengths), strict=True))


@dataclass(frozen=True)
class Recovery:
    """What a fit made of a synthetic pair.

    Attributes
    ----------
    noise : float
    adapter : Adapter
    map_errors : dict
        ``(i, j)`` -> relative error of the map as a linear operator on words, in the Frobenius norm; 1 where the fit
        has no map for the bucket.
    heldout_errors : dict
        ``(i, j)`` -> the fit's own held-out error; under ``target`` bucketing that of the words of ``j`` target tokens.
    map_error, heldout_error : float
        Averages over buckets, with the number of words and of held-out words as weights.
    gradients : Gradients
        Of the pair's sample text.
    """

    noise: float
    adapter: Adapter
    map_errors: dict[tuple[int, int], float]
    heldout_errors: dict[tuple[int, int], float]
    map_error: float
    heldout_error: float
    gradients: Gradients

    @property
    def gradient_error(self) -> float:
        """Relative error of the carried gradient."""
        return self.gradients.error

    @property
    def gradient_cosine(self) -> float:
        """Cosine of the carried gradient with the true one."""
        return self.gradients.cosine


def operator(map_words: Callable[[Tensor, int], Tensor | None], d_src: int, i: int, j: int, like: Tensor) -> Tensor:
    """A map of words written out: what it makes of every one-hot word.

    Adapters may store their maps in whatever form they like; the operator is what they do.

    Parameters
    ----------
    map_words : callable
        (n, d_src, i), j -> (n, d_tgt, j), or None where there is no map.
    like : Tensor
        Gives dtype and device.

    Returns
    -------
    Tensor, shape = (d_src, i, d_tgt, j)
        Source component and slot, target component and slot; empty (d_src, i, 0, j) where there is no map.
    """
    one_hot = torch.eye(d_src * i, dtype=like.dtype, device=like.device).reshape(-1, d_src, i)
    mapped = map_words(one_hot, j)
    return like.new_empty(d_src, i, 0, j) if mapped is None else mapped.reshape(d_src, i, -1, j)


@dataclass(frozen=True)
class Block:
    """What one source token of a word contributes to one of its target tokens: true, and as a fit has it.

    Attributes
    ----------
    true, found : Tensor, shape = (d_src, d_tgt)
    """

    true: Tensor
    found: Tensor

    @property
    def difference(self) -> Tensor:
        """``found - true``, shape = (d_src, d_tgt)."""
        return self.found - self.true


def block(pair: SyntheticPair, adapter: Adapter, bucket: tuple[int, int], slots: tuple[int, int]) -> Block:
    """One block of both operators of a bucket.

    Parameters
    ----------
    bucket : (int, int)
        ``(i, j)``.
    slots : (int, int)
        Source token and target token, counted from 0. For a plain t-linear map this is frontal slice
        ``target - source mod l``.
    """
    s, t = slots
    table = pair.source.table
    true, found = (operator(of, table.shape[1], *bucket, table) for of in (pair.map_words, adapter.map_words))
    return Block(true[:, s, :, t], found[:, s, :, t] if found.numel() else torch.zeros_like(true[:, s, :, t]))


def least_heldout_error(noise: float) -> float:
    """What the true map itself would score on held-out words, for noise cannot be predicted."""
    return noise / math.sqrt(1 + noise**2)


def recover(pair: SyntheticPair, options: FitOptions = FitOptions(), progress: Progress | None = None) -> Recovery:
    """Fit a synthetic pair as any other and compare the result with the truth.

    Parameters
    ----------
    progress : callable, optional
        As in ``fit_adapter``.

    Notes
    -----
    One fit; then ``O(d_src i)`` one-hot words a bucket and one backward pass for the gradients.
    """
    adapter = fit_adapter(pair.source, pair.target, pair.corpus, options, progress)
    table = pair.source.table
    map_errors = {}
    for i, j in pair.words:
        true, found = (operator(of, table.shape[1], i, j, table) for of in (pair.map_words, adapter.map_words))
        map_errors[i, j] = _relative(found, true) if found.numel() else 1.0
    reported = {(r.i, r.j): r.heldout_error for r in adapter.reports}
    heldout = {(i, j): reported.get(bucket_key(options.bucketing, i, j), float("nan")) for i, j in pair.words}
    return Recovery(
        pair.noise,
        adapter,
        map_errors,
        heldout,
        sum(error * len(pair.words[bucket]) for bucket, error in map_errors.items()) / len(pair.corpus.words),
        adapter.heldout_error(),
        gradients(pair, adapter, pair.sample_text()),
    )


def gradients(pair: SyntheticPair, adapter: Adapter, text: str) -> Gradients:
    """Both gradients of the target model's loss at the source embeddings of a text of lexicon words.

    The true one differentiates source embeddings -> known map, plus the noise of the text's tokens as a constant ->
    loss; the carried one differentiates the loss at the target's own embeddings and pulls that back by the adapter.
    """
    words = pair.align(text)
    lengths = [word.lengths for word in words]
    x = pair.source.table[[k for word in words for k in word.source.ids]]
    target_ids = [k for word in words for k in word.target.ids]
    y = pair.target.table[target_ids]

    inner = x.clone().requires_grad_()
    pieces = zip(inner.split([i for i, _ in lengths]), lengths, strict=True)
    mapped = torch.cat([pair.map_words(piece.T.unsqueeze(0), j)[0].T for piece, (_, j) in pieces])
    (true,) = torch.autograd.grad(pair.model.loss(mapped + (y - pair.clean[target_ids])), inner)

    outer = x.clone().requires_grad_()
    (carried,) = torch.autograd.grad(pair.model.loss(transport(outer, y, adapter, lengths)), outer)
    return Gradients(words, true, carried)


def sweep(
    pair: SyntheticPair, options: FitOptions, noises: Sequence[float], progress: Progress | None = None
) -> list[Recovery]:
    """``recover`` at several noise levels of one pair.

    Parameters
    ----------
    progress : callable, optional
        Called before every bucket with the share done (0 to 1) and what is being done; what it raises ends the sweep.
    """
    report_progress = progress or (lambda share, what: None)
    results = []
    for done, noise in enumerate(noises):
        part = part_of(report_progress, done / len(noises), (done + 1) / len(noises), f"Noise {noise:g}: ")
        results.append(recover(pair.with_noise(noise), options, part))
    return results


def _relative(found: Tensor, true: Tensor) -> float:
    return float((found - true).norm() / true.norm())
