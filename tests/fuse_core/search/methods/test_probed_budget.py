from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch

from fuse_core.search.methods.probed_budget import BLIND, PRIOR, ROUNDS, Pool, spend

BEAMS, EACH = 3, 40


def pool_of(slope: float = 0.0, fluency: torch.Tensor | None = None, seed: int = 0) -> Pool:
    """Tokens and words of three beams with normal scores; no piece is in two places."""
    size, rng = BEAMS * EACH, torch.Generator().manual_seed(seed)
    return Pool(
        fluency=torch.rand(size, generator=rng, dtype=torch.float64) if fluency is None else fluency,
        score=torch.randn(size, generator=rng, dtype=torch.float64),
        beam=torch.arange(size) % BEAMS,
        is_word=torch.arange(size) % 2 == 0,
        pieces=[(k,) for k in range(size)],
        slope=slope,
    )


def spent(pool: Pool, truth: torch.Tensor, budget: int, seed: int = 0) -> tuple[list[int], list[int]]:
    """The rows chosen, and how many in each round."""
    rounds = []

    def losses_of(rows: list[int]) -> torch.Tensor:
        rounds.append(len(rows))
        return truth[rows]

    return spend(pool, budget, losses_of, torch.Generator().manual_seed(seed)), rounds


def effect_of_scores(pool: Pool, token: float, word: float) -> torch.Tensor:
    return pool.score * torch.where(pool.is_word, word, token)


class TestPrediction:
    def test_it_is_ridge_regression_around_the_promised_slope(self):
        """With as many made-up rows as the prior's weight, numpy's least squares finds the same."""
        pool, rows = pool_of(slope=-0.3), list(range(0, 60, 1))
        losses = torch.randn(60, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        design = np.zeros((60, BEAMS + 3))
        for row in rows:
            word, score = bool(pool.is_word[row]), float(pool.score[row])
            design[row, int(pool.beam[row])] = 1
            design[row, BEAMS:] = [word, 0 if word else score, score if word else 0]
        centre = np.array([float(losses.mean())] * BEAMS + [0, -0.3, -0.3])
        weak, strong = np.sqrt(1e-3), np.sqrt(PRIOR)
        made_up = np.diag([weak] * (BEAMS + 1) + [strong] * 2)
        found, *_ = np.linalg.lstsq(
            np.vstack([design, made_up]), np.concatenate([losses.numpy(), made_up @ centre]), rcond=None
        )
        others = list(range(60, BEAMS * EACH))  # no piece of theirs has been seen
        predicted = pool.predicted(rows, losses) - pool.fluency
        word, score = pool.is_word[others].double().numpy(), pool.score[others].numpy()
        level = found[pool.beam[others].numpy()] + found[BEAMS] * word
        slopes = np.where(word > 0, found[-1], found[-2])
        assert predicted[others].numpy() == pytest.approx(level + slopes * score, abs=1e-9)

    def test_slopes_of_tokens_and_words_are_recovered(self):
        pool = pool_of(slope=-0.1)
        truth = 5.0 + effect_of_scores(pool, -2.0, 0.5)
        rows = list(range(90))
        error = (pool.predicted(rows, truth[rows]) - pool.fluency - truth)[90:]
        nothing = (5.0 + pool.slope * pool.score - truth)[90:]
        assert error.square().mean() < 0.15 * nothing.square().mean()

    def test_scores_that_cannot_tell_leave_the_promised_slope(self):
        """One score for all that were probed says nothing of its worth."""
        pool = pool_of(slope=-0.4)
        pool.score[:30] = 0.0
        predicted = pool.predicted(list(range(30)), torch.full((30,), 7.0, dtype=torch.float64)) - pool.fluency
        assert predicted[30:].numpy() == pytest.approx((7.0 - 0.4 * pool.score[30:]).numpy(), abs=1e-6)

    def test_what_a_piece_did_after_one_beam_is_expected_after_another(self):
        pool = pool_of(fluency=torch.zeros(BEAMS * EACH, dtype=torch.float64))
        pool.pieces[1] = pool.pieces[0]  # type: ignore[index]
        losses = torch.zeros(60, dtype=torch.float64)
        losses[0] = -3.0
        rows = [0, *range(2, 61)]
        predicted = pool.predicted(rows, losses)
        assert predicted[1] < -2.0
        assert predicted[61:].abs().max() < 0.5


class TestSpend:
    @pytest.mark.parametrize("budget", [1, 3, 30, 119, 120, 500])
    def test_the_budget_is_spent_exactly_and_no_proposal_twice(self, budget):
        pool = pool_of()
        chosen, rounds = spent(pool, effect_of_scores(pool, -1.0, -1.0), budget)
        assert len(chosen) == len(set(chosen)) == sum(rounds) == min(budget, BEAMS * EACH)
        assert len(rounds) <= 1 + ROUNDS

    def test_scores_that_predict_lead_to_the_best(self):
        """Against the promise: the scores are worth the opposite of what the weight says."""
        pool = pool_of(slope=-0.5)
        truth = effect_of_scores(pool, 3.0, 3.0)
        chosen, _ = spent(pool, truth, 60)
        best = (pool.fluency + truth).argsort()[:10].tolist()
        assert set(best) <= set(chosen)

    def test_without_scores_fluency_alone_decides(self):
        pool = pool_of()
        pool.score.zero_()
        chosen, _ = spent(pool, torch.zeros(BEAMS * EACH, dtype=torch.float64), 40)
        likeliest = pool.fluency.argsort()[:25].tolist()
        assert set(likeliest) <= set(chosen)

    def test_a_hopeless_beam_gets_its_part_of_the_probe_and_little_more(self):
        pool = pool_of()
        truth = torch.where(pool.beam == 1, 9.0, 0.0).double()
        chosen, rounds = spent(pool, truth, 60)
        counts = Counter(pool.beam[chosen].tolist())
        assert 0 < counts[1] <= rounds[0]
        assert counts[0] + counts[2] >= 60 - rounds[0]

    def test_the_seed_fixes_the_blind_share(self):
        pool = pool_of()
        truth = effect_of_scores(pool, -1.0, 0.0)
        assert spent(pool, truth, 48, seed=3) == spent(pool, truth, 48, seed=3)
        first, second = (set(spent(pool, truth, 48, seed=seed)[0][:24]) for seed in (3, 4))
        assert first != second
        assert len(first & second) >= 24 - round(BLIND * 24)
