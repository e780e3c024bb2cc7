"""How well an adapter's gradient orders words by a target's true loss, for any target and any adapter of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from fuse_core.adapter.adapter import Adapter
from fuse_core.common.rank_correlation import spearman
from fuse_core.objective.target_term import TargetGradient, TargetTerm
from fuse_core.search.config import PROBE_WORDS
from fuse_core.search.gradient_route import GradientRoute
from fuse_core.words.text_means import text_means

OWN = "own"


def true_losses(term: TargetTerm, context: str, words: Sequence[str]) -> Tensor:
    """The target's loss with each word after the context, shape = (words,)."""
    return term.losses([f"{context} {word}" for word in words]).cpu().double()


def gradients_after(term: TargetTerm, context: str) -> list[TargetGradient]:
    """The target's gradient at each of a search's probe words after the context."""
    return term.gradients([context + word for word in PROBE_WORDS])


def order_correlations(
    term: TargetTerm,
    table: Tensor,
    ids: Tensor,
    words: Sequence[str],
    adapters: Mapping[str, Adapter],
    losses: Tensor,
    gradients: Sequence[TargetGradient],
) -> dict[str, float]:
    """Spearman's correlation of each gradient's order with the true gain; NaN for an adapter that serves no probe word.

    Parameters
    ----------
    table : Tensor, shape = (vocabulary, d_src)
        The source's embeddings.
    ids : Tensor of int, shape = (words,)
        The words' tokens in the source.
    losses, gradients
        Of ``true_losses`` and ``gradients_after``.

    Returns
    -------
    dict
        Name -> correlation; ``OWN`` is the target's own gradient, read at its own embeddings of the words.
    """
    means = text_means(term.tokenizer, term.model.embedding_table, [f" {word}" for word in words])
    routes = {name: GradientRoute(term, table, adapter) for name, adapter in adapters.items()}
    scored = {name: (route, table[ids.to(table.device)]) for name, route in routes.items()}
    scored[OWN] = (GradientRoute(term, means), means)
    found = {}
    for name, (route, places) in scored.items():
        served = [g for g in route.at_last_words(gradients) if g is not None]
        scores = -(torch.stack(served).mean(0).to(places) @ places.T) if served else torch.full_like(losses, torch.nan)
        found[name] = spearman(scores.detach().cpu().double().numpy(), -losses.numpy())
    return found
