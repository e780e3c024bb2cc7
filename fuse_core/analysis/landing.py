"""Where an adapter of any kind lands held-out words of one token: error, explained variance, retrieval."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from fuse_core.analysis.retrieval import TOP, TokenSearch


@dataclass(frozen=True)
class Landing:
    """How near words land to their target tokens.

    Attributes
    ----------
    error : float
        ``||C - Y|| / ||Y||``, ``C`` where the words are carried and ``Y`` where they belong.
    explained_variance : float
        ``1 - ||C - Y||^2 / ||Y - mean||^2``: 0 for a map that sends every word to the mean of the training words.
    top1, top10 : float
        Share of the words whose own token is the nearest, or among the 10 nearest, of the vocabulary, by cosine.
    """

    error: float
    explained_variance: float
    top1: float
    top10: float


def landing(carried: Tensor, ids: Tensor, table: Tensor, mean: Tensor, search: TokenSearch) -> Landing:
    """Judge words by where they are carried.

    Parameters
    ----------
    carried : Tensor, shape = (words, d_tgt)
    ids : Tensor of int, shape = (words,)
        Their target tokens.
    table : Tensor, shape = (vocabulary, d_tgt)
    mean : Tensor, shape = (d_tgt,)
        Mean target embedding of the training words.
    search : TokenSearch
        Over ``table``.

    Notes
    -----
    ``O(words d_tgt vocabulary)``.
    """
    true = table[ids].double()
    missed = (carried.double() - true).square().sum()
    ranks = search.ranks(carried, ids)
    return Landing(
        float((missed / true.square().sum()).sqrt()),
        float(1 - missed / (true - mean.double()).square().sum()),
        *(float((ranks <= k).double().mean()) for k in TOP),
    )
