"""First-order scores for replacing any token of a prompt by any other, from all models of the objective.

The language model reads the source's own tokens, so its gradient needs no carrying. A target's gradient is pulled back
word by word through its adapter (``fuse``, arXiv 2408.04816), or scored in the target's own space (``native``).
"""

from __future__ import annotations

import torch
from torch import Tensor

from fuse_core.adapter.transport import vjp_text
from fuse_core.search.gradient_scores import Proposer
from fuse_core.search.problem import Problem


def carried_gradient(problem: Problem, ids: tuple[int, ...], text: str) -> Tensor:
    """Gradient of the weighted objective at a prompt's source embeddings, shape = (tokens, d_src).

    The language model's own, and under ``fuse`` every target's, carried. Words that no bucket serves get the language
    model's alone. Cost: one language-model forward and backward pass, one of each target.
    """
    total = problem.objective.language.gradient(ids)
    if problem.config.guidance == "fuse":
        for proposer in problem.proposers:
            total = total + _pulled(problem, proposer, text)
    return total


def replacement_scores(problem: Problem, ids: tuple[int, ...], text: str) -> Tensor:
    """Predicted fall of the weighted objective, up to a constant a position, shape = (tokens, vocabulary).

    Entry ``(p, v)`` is the promise of token ``v`` in place ``p``; higher is better.
    """
    table = problem.objective.language.model.embedding_table
    scores = -carried_gradient(problem, ids, text) @ table.T
    if problem.config.guidance == "native":
        for proposer in problem.proposers:
            scores = scores - _native(problem, proposer, text) @ proposer.table.T
    return scores


def _pulled(problem: Problem, proposer: Proposer, text: str) -> Tensor:
    assert proposer.adapter is not None
    lengths, grads = _by_word(problem, proposer, text)
    return vjp_text(torch.cat([g.T for g in grads]), proposer.adapter, lengths)


def _native(problem: Problem, proposer: Proposer, text: str) -> Tensor:
    """The target's gradient at every source token: its word's, averaged over the word's target tokens."""
    lengths, grads = _by_word(problem, proposer, text)
    return torch.cat([g.mean(1).expand(i, -1) for (i, _), g in zip(lengths, grads, strict=True)])


def _by_word(problem: Problem, proposer: Proposer, text: str) -> tuple[list[tuple[int, int]], list[Tensor]]:
    (gradient,) = proposer.term.gradients([text])
    grads = list(gradient.grads[gradient.first : gradient.last])
    words = problem.objective.language.model.tokenizer.split(text)
    return [(len(word.ids), g.shape[1]) for word, g in zip(words, grads, strict=True)], grads
