"""First-order scores for replacing any token of a prompt by any other, from all models of the objective.

The language model reads the source's own tokens, so its gradient needs no carrying. A target's comes by its
``GradientRoute``: through its adapter (``fuse``, arXiv 2408.04816), or scored in the target's own space.
"""

from __future__ import annotations

from torch import Tensor

from fuse_core.search.gradient_route import GradientRoute
from fuse_core.search.problem import Problem


def carried_gradient(problem: Problem, ids: tuple[int, ...], text: str) -> Tensor:
    """Gradient of the weighted objective at a prompt's source embeddings, shape = (tokens, d_src).

    The language model's own, and every target's that the guidance carries there. Words that no bucket serves get the
    language model's alone. Cost: one language-model forward and backward pass, one of each target.
    """
    total = problem.objective.language.gradient(ids)
    for route in problem.routes:
        if route.in_source_space:
            total = total + _at_tokens(problem, route, text)
    return total


def replacement_scores(problem: Problem, ids: tuple[int, ...], text: str) -> Tensor:
    """Predicted fall of the weighted objective, up to a constant a position, shape = (tokens, vocabulary).

    Entry ``(p, v)`` is the promise of token ``v`` in place ``p``; higher is better.
    """
    table = problem.objective.language.model.embedding_table
    scores = -carried_gradient(problem, ids, text) @ table.T
    for route in problem.routes:
        if not route.in_source_space:
            scores = scores + route.scores(_at_tokens(problem, route, text))
    return scores


def _at_tokens(problem: Problem, route: GradientRoute, text: str) -> Tensor:
    words = problem.objective.language.model.tokenizer.split_continuation(text)
    return route.at_tokens(text, [len(word.ids) for word in words])
