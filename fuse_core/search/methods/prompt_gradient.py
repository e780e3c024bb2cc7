"""First-order scores for replacing any token of a prompt by any other, from all models of the objective.

The language model reads the source's own tokens, so its gradient needs no carrying. A target's comes by its
``GradientRoute``: through its adapter (``fuse``, arXiv 2408.04816), or scored in the target's own space.
"""

from __future__ import annotations

from torch import Tensor

from fuse_core.objective.language_gradient import LanguageGradient
from fuse_core.search.gradient_route import GradientRoute
from fuse_core.search.problem import Problem


def carried_gradient(problem: Problem, ids: tuple[int, ...], text: str) -> Tensor:
    """Gradient of the weighted objective at a prompt's source embeddings, shape = (tokens, d_src).

    The language model's own, and every target's that the guidance carries there. Words that no bucket serves get the
    language model's alone. What the tokens are worth as labels of the language model is the direction that fits it
    best. Cost: one language-model forward and backward pass, one of each target.
    """
    own = problem.objective.language.gradient(ids)
    total = _at_embeddings(problem, own, text)
    return total if own.labels is None else total + problem.projection.direction_of(own.labels)


def replacement_scores(problem: Problem, ids: tuple[int, ...], text: str) -> Tensor:
    """Predicted fall of the weighted objective, up to a constant a position, shape = (tokens, vocabulary).

    Entry ``(p, v)`` is the promise of token ``v`` in place ``p``; higher is better. It is minus the derivative with
    respect to the share of ``v`` in a mixture of tokens at ``p``: exact for the language model, whose labels are a
    mixture then, too. Cost: as ``carried_gradient``.
    """
    own = problem.objective.language.gradient(ids)
    scores = -_at_embeddings(problem, own, text) @ problem.objective.language.model.embedding_table.T
    if own.labels is not None:
        scores = scores - own.labels
    for route in problem.routes:
        if not route.in_source_space:
            scores = scores + route.scores_at_tokens(text, _lengths(problem, text))
    return scores


def _at_embeddings(problem: Problem, own: LanguageGradient, text: str) -> Tensor:
    """The part of the gradient that goes through the tokens' embeddings, shape = (tokens, d_src)."""
    total = own.inputs
    for route in problem.routes:
        if route.in_source_space:
            total = total + _at_tokens(problem, route, text)
    return total


def _at_tokens(problem: Problem, route: GradientRoute, text: str) -> Tensor:
    return route.at_tokens(text, _lengths(problem, text))


def _lengths(problem: Problem, text: str) -> list[int]:
    """Source tokens of the prompt's words."""
    return [len(word.ids) for word in problem.objective.language.model.tokenizer.split_continuation(text)]
