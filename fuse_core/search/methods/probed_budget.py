"""Which of many proposals are evaluated: what a step's first evaluations say of the scores decides on the others.

A proposal's fluency is known, or well estimated, before it is evaluated; what the targets make of it is predicted. With
``b`` its beam, ``k`` its kind (token or word), ``z`` its score and ``w`` the piece it appends,

``targets(b, w) = level_b + level_k + slope_k z + effect_w``

is fitted to the proposals evaluated so far, the slopes shrunk towards what the gradient weight promises: the scores are
trusted as far as they predicted. An effect is what a piece did after other beams beyond its score. The next evaluations
go to the lowest predicted objectives of all beams together, so that each beam has its own budget. Probe sampling for
GCG (Zhao et al. 2024, arXiv 2403.01251) trusts a draft model by its rank correlation on a probe in the same spirit; the
regression is ours. Cost: least squares with beams + 3 unknowns a round.

On the 24 evaluation pictures, tokens and words under ``fuse``, the mean objective was 5.463 against 5.533 with an even
budget of as many candidates: -0.069, 95 % interval -0.153 to +0.010, lower on 10, higher on 3. So even is the default.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

POOL = 4  # proposals that the evaluated ones are chosen from, as a multiple of these
PROBE = 0.5  # share of the budget that the probe takes: what is not likely on average may still be the best
BLIND = 0.125  # share of the probe that is drawn from the whole pool
ROUNDS = 2  # in which the rest is spent
PRIOR = 16.0  # evaluations that the gradient weight counts as in the slope
PIECE = 0.2  # evaluations that "a piece does what its score says" counts as in its effect


@dataclass(frozen=True)
class Pool:
    """What may be evaluated, as numbers.

    Attributes
    ----------
    fluency : Tensor, shape = (proposals,)
        The language model's weighted loss, or an estimate of it.
    score : Tensor, shape = (proposals,)
        In standard deviations.
    beam : Tensor of int, shape = (proposals,)
    is_word : Tensor of bool, shape = (proposals,)
    pieces : sequence
        What each appends; equal where it is the same.
    slope : float
        What a standard deviation of the score is thought to change the targets' losses by.
    """

    fluency: Tensor
    score: Tensor
    beam: Tensor
    is_word: Tensor
    pieces: Sequence[tuple[int, ...]]
    slope: float

    @property
    def design(self) -> Tensor:
        """One row a proposal: its beam, its kind, its score if a token, its score if a word."""
        word = self.is_word.double()
        beams = torch.nn.functional.one_hot(self.beam).double()
        score = self.score.double()
        return torch.cat([beams, torch.stack([word, score * (1 - word), score * word], 1)], 1)

    def predicted(self, chosen: Sequence[int], losses: Tensor) -> Tensor:
        """Every proposal's objective, from the targets' weighted losses of the ``chosen``."""
        design, rows = self.design, torch.tensor(chosen)
        beta = torch.zeros(design.shape[1], dtype=torch.float64)
        beta[-2:] = self.slope
        trust = torch.full_like(beta, 1e-3)
        trust[-2:] = PRIOR
        seen = design[rows]
        beta[:-3] = losses.mean()
        beta = beta + torch.linalg.solve(seen.T @ seen + trust.diag(), seen.T @ (losses - seen @ beta))
        beyond: defaultdict[tuple[int, ...], list[float]] = defaultdict(list)
        for row, value in zip(chosen, (losses - seen @ beta).tolist(), strict=True):
            beyond[self.pieces[row]].append(value)
        effects = {piece: sum(values) / (len(values) + PIECE) for piece, values in beyond.items()}
        effect = torch.tensor([effects.get(piece, 0.0) for piece in self.pieces], dtype=torch.float64)
        return self.fluency + design @ beta + effect


def spend(pool: Pool, budget: int, evaluate: Callable[[list[int]], Tensor], generator: torch.Generator) -> list[int]:
    """Choose and evaluate ``budget`` proposals of a pool, or all where there are no more.

    Parameters
    ----------
    evaluate : callable
        Rows of the pool -> the targets' weighted losses together, shape = (rows,), float64; called once a round.
    generator : torch.Generator
        Draws the blind share of the probe.

    Returns
    -------
    list of int
        The rows evaluated, in order.
    """
    size = len(pool.fluency)
    budget = min(budget, size)
    probe = min(budget, math.ceil(PROBE * budget))
    chosen = _probe(pool, probe, generator)
    losses = evaluate(chosen)
    for left in range(ROUNDS, 0, -1):
        taken = set(chosen)
        order = pool.predicted(chosen, losses).argsort(stable=True).tolist()
        rows = [row for row in order if row not in taken][: math.ceil((budget - len(chosen)) / left)]
        if rows:
            chosen = chosen + rows
            losses = torch.cat([losses, evaluate(rows)])
    return chosen


def _probe(pool: Pool, count: int, generator: torch.Generator) -> list[int]:
    """The best by today's rule of every beam and kind in turn, and a share drawn from all."""
    blind = torch.randperm(len(pool.fluency), generator=generator).tolist()
    guess = (pool.fluency + pool.slope * pool.score).tolist()
    places: defaultdict[tuple[int, bool], int] = defaultdict(int)
    turn = {}
    for row in sorted(range(len(guess)), key=lambda row: guess[row]):
        group = int(pool.beam[row]), bool(pool.is_word[row])
        turn[row] = places[group]
        places[group] += 1
    ranked = sorted(turn, key=lambda row: (turn[row], guess[row]))
    first = dict.fromkeys(ranked[: count - round(BLIND * count)])
    return [*first, *(row for row in blind if row not in first)][:count]
