"""Adapters of words of one token, and what would refute them: chance, a random map, a fit to wrong pairs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from fuse_core.adapter.fit import FitOptions
from fuse_core.adapter.kinds.kind import KINDS, Carrier
from fuse_core.adapter.kinds.linear import linear_carrier
from fuse_core.adapter.kinds.pseudoinverse import fit as fit_pseudoinverse
from fuse_core.adapter.kinds.shared_words import SharedWords
from fuse_core.analysis.adapter_comparison import shared_words
from fuse_core.analysis.landing import Landing, landing
from fuse_core.analysis.retrieval import TokenSearch
from fuse_core.common.progress import Progress
from fuse_core.library import Library

SEED = 0
Fit = Callable[[SharedWords, Progress], Carrier]


def fit_shuffled(shared: SharedWords, progress: Progress) -> Carrier:
    """The pseudoinverse's fit with every training word's target drawn from the other words: pairs that mean nothing."""
    order = torch.randperm(len(shared.training), generator=torch.Generator().manual_seed(SEED)).tolist()
    mixed = [replace(row, target=shared.training[k].target) for row, k in zip(shared.training, order, strict=True)]
    return fit_pseudoinverse(replace(shared, rows=mixed), progress)


def fit_random(shared: SharedWords, progress: Progress) -> Carrier:
    """A map of random numbers."""
    table, d_tgt = shared.source.table, shared.target.table.shape[1]
    rng = torch.Generator().manual_seed(SEED)
    return linear_carrier(table, torch.randn(table.shape[1], d_tgt, generator=rng).to(table) / d_tgt**0.5)


def fit_nothing(shared: SharedWords, progress: Progress) -> Carrier:
    """No map: every token at a place drawn by chance, so that no gradient orders them."""
    size, (_, width) = len(shared.source.table), shared.target.table.shape
    places = torch.randn(size, width, generator=torch.Generator().manual_seed(SEED)).to(shared.target.table)
    return Carrier(lambda ids: places[ids.to(places.device)], 0)


CONTROLS: dict[str, tuple[str, Fit]] = {
    "random": ("random map", fit_random),
    "shuffled": ("shuffled pairs", fit_shuffled),
    "nothing": ("no gradient (chance)", fit_nothing),
}


def arm_label(name: str) -> str:
    """An arm for people."""
    return CONTROLS[name][0] if name in CONTROLS else KINDS[name].label


@dataclass(frozen=True)
class FittedArm:
    """An arm of a pair.

    Attributes
    ----------
    carrier : Carrier
    places : Tensor, shape = (candidates, d_tgt)
        Where it carries the candidates.
    landing : Landing
        Of the held-out words.
    cpu_seconds : float
        Of the fit.
    """

    carrier: Carrier
    places: Tensor
    landing: Landing
    cpu_seconds: float


@dataclass(frozen=True)
class Candidates:
    """Source tokens that arms are judged on: words held out of every fit.

    Attributes
    ----------
    ids : Tensor of int, shape = (n,)
    right : Tensor of int, shape = (n,)
        The target's tokens of the same words.
    """

    ids: Tensor
    right: Tensor


def fit_arm(
    library: Library, source: str, target: str, name: str, candidates: Candidates, progress: Progress
) -> FittedArm:
    """Fit an arm, at most once a library, and carry the candidates."""

    def make() -> FittedArm:
        shared = shared_words(library, source, target, FitOptions())
        fit = CONTROLS[name][1] if name in CONTROLS else KINDS[name].fit
        with torch.no_grad():
            started = time.process_time()
            carrier = fit(shared, progress)
            seconds = time.process_time() - started
            places = carrier.places(candidates.ids, progress)
        table = shared.target.table
        search = library.once(("token search", target), lambda: TokenSearch(table))
        landed = landing(places, candidates.right.to(table.device), table, shared.y.mean(0), search)
        return FittedArm(carrier, places, landed, seconds)

    return library.once(("experiment arm", source, target, name), make)
