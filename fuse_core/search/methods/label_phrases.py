"""Phrases that carry a label: a word that says it before a word for the picture, as "happy cat".

Beyond the papers. A search that appends one word a step takes the noun first, since it alone brings the picture nearer,
and what a classifier wants comes after it or never. Both words at once compete with the noun.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from fuse_core.search.gradient_scores import standardise
from fuse_core.search.methods.method import AppendingSettings
from fuse_core.search.methods.proposal import Proposal, usable_continuations
from fuse_core.search.methods.word_proposals import held_already
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam
from fuse_core.search.word_source import WordSource

POOL = 12  # words on either side of the pairs


def propose_phrases(
    problem: Problem, source: WordSource, beams: Sequence[Beam], log_probs: Tensor, count: int
) -> list[Proposal]:
    """Up to ``count`` phrases a beam, best first, with distinct texts; none where no classifier comes with rated words,
    or there is no picture for the second word.

    Parameters
    ----------
    log_probs : Tensor, shape = (beams, vocabulary)
        Next-token log-probabilities of the beams.

    Returns
    -------
    list of Proposal
        Their ``log_prob`` is an estimate, which takes the second word to be as likely as it is without the first.
    """
    carrying = [label.carries for label in source.labels if label.carries is not None]
    if not carrying or source.term is None:
        return []
    weight, words = problem.config.own(AppendingSettings).guidance_weight, source.words
    carries = torch.stack(carrying).any(0)
    likely = log_probs[:, words.first] + words.rest
    prompts = [b.text for b in beams]
    pictured = standardise(source.picture_estimates(prompts), torch.ones_like(carries))
    scores = source.scores(prompts)  # of the labels, too
    found: dict[str, Proposal] = {}
    for k, beam in enumerate(beams):
        rank = likely[k] + weight * pictured[k]
        rank = rank.index_fill(0, held_already(source.table, beam, rank.device), float("-inf"))
        pairs = _pairs(rank.masked_fill(~carries, float("-inf")), rank.masked_fill(carries, float("-inf")))
        starts = [() if beam.text else _article(source, a) for a, _ in pairs]
        pieces = [(*start, *words.ids[a], *words.ids[b]) for start, (a, b) in zip(starts, pairs, strict=True)]
        fresh = [
            Proposal(k, pieces[n], ids, text, float(likely[k, pairs[n]].sum()), float(scores[k, pairs[n]].max()), True)
            for n, ids, text in usable_continuations(problem, beam, pieces)
            if text not in found
        ]
        found |= {p.text: p for p in fresh[:count]}
    return list(found.values())


def unlike(proposals: Sequence[Proposal], others: Sequence[Proposal]) -> list[Proposal]:
    """The proposals whose text none of the others has."""
    texts = {p.text for p in others}
    return [p for p in proposals if p.text not in texts]


def _pairs(first: Tensor, second: Tensor) -> list[list[int]]:
    """The best rows of two rankings with one another, by the sum of their values."""
    a, b = first.topk(min(POOL, len(first))), second.topk(min(POOL, len(second)))
    total = (a.values.unsqueeze(1) + b.values).flatten()
    order = [k for k in total.argsort(descending=True).tolist() if total[k] > float("-inf")]
    return [[int(a.indices[k // len(b.values)]), int(b.indices[k % len(b.values)])] for k in order]


def _article(source: WordSource, word: int) -> tuple[int, ...]:
    """Tokens of the article that a caption begins with before a word."""
    table = source.table
    row = table.rows.get("an" if table.corpus.words[word][0] in "aeiou" else "a")
    return () if row is None else source.words.ids[row]
