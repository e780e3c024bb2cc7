"""Whole words as proposals: likely after the prompt, and close to the picture once they stand in it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from fuse_core.search.methods.method import AppendingSettings
from fuse_core.search.methods.proposal import Proposal, usable_continuations
from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam
from fuse_core.search.word_source import WordSource
from fuse_core.search.word_table import WordTable

# Words that a caption may hold twice: the most frequent ones, such as "the" and "with".
COMMON = 100


def propose_words(
    problem: Problem, source: WordSource, beams: Sequence[Beam], log_probs: Tensor, count: int, index: int
) -> list[Proposal]:
    """Up to ``count`` words a beam, best first, with distinct texts.

    Parameters
    ----------
    log_probs : Tensor, shape = (beams, vocabulary)
        Next-token log-probabilities of the beams.
    count : int
        Words a beam.
    index : int
        Number of the step; with the seed it fixes random choices.

    Returns
    -------
    list of Proposal
        Their ``log_prob`` is the estimate they were ranked by, still to be replaced by the model's.
    """
    weight, words = problem.config.own(AppendingSettings).guidance_weight, source.words
    scores = source.scores([b.text for b in beams])
    likely = log_probs[:, words.first] + words.rest
    if problem.config.guidance.blind:
        rank = torch.rand(likely.shape, generator=problem.generator(index))
    else:
        rank = likely + weight * scores
    likely, scores, rank = likely.cpu(), scores.cpu(), rank.cpu()  # at once: single numbers are read off below
    found: dict[str, Proposal] = {}
    for k, beam in enumerate(beams):
        usable = rank[k].index_fill(0, held_already(source.table, beam, rank.device), float("-inf"))
        # Half as many again: some do not survive re-tokenisation or belong to another beam already.
        ranked = usable.topk(min(count * 3 // 2 + 8, len(usable))).indices.tolist()
        ranked = [w for w in ranked if usable[w] > float("-inf")]
        fresh = [
            Proposal(k, words.ids[ranked[n]], ids, text, float(likely[k, ranked[n]]), float(scores[k, ranked[n]]), True)
            for n, ids, text in usable_continuations(problem, beam, [words.ids[w] for w in ranked])
            if text not in found
        ]
        found |= {p.text: p for p in fresh[:count]}
    return list(found.values())


def held_already(table: WordTable, beam: Beam, device: torch.device) -> Tensor:
    """Rows of the words that a prompt holds already, the common ones apart: no caption says espresso twice."""
    held = {word.strip(",-") for word in beam.text.lower().split()}
    rows = [table.rows[word] for word in held if table.rows.get(word, 0) >= COMMON]
    return torch.tensor(rows, dtype=torch.long, device=device)
