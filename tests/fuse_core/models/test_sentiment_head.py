from __future__ import annotations

import math
import zlib

import pytest
import torch

from fuse_core.models import sentiment_head as valence
from fuse_core.models.sentiment_head import fit_valence, heldout, label_log_probs, logistic_slope, read_lexicon

NONE = torch.zeros(0, 6)


def data(noise: float, words: int = 400, width: int = 6) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Vectors, valences that are linear in them but for noise, and one word in ten kept back."""
    draw = torch.Generator().manual_seed(0)
    vectors = torch.randn(words, width, generator=draw, dtype=torch.float64)
    weight = torch.randn(width, generator=draw, dtype=torch.float64)
    exact = vectors @ weight + 0.5
    valences = exact + noise * torch.randn(words, generator=draw, dtype=torch.float64)
    return vectors, valences, torch.arange(words) % 10 == 0


class TestFit:
    def test_linear_valences_are_recovered(self):
        vectors, valences, kept_back = data(noise=0.0)
        head = fit_valence(vectors, valences, kept_back, NONE)
        assert (head.words, head.heldout_words) == (360, 40)
        assert head.accuracy == 1.0
        torch.testing.assert_close(head.valences(vectors), valences, atol=1e-3, rtol=1e-3)

    @pytest.mark.parametrize("ridge", [0.1, 10.0])
    def test_it_is_ridge_regression_with_the_leave_one_out_error_done_word_by_word(self, monkeypatch, ridge):
        monkeypatch.setattr(valence, "RIDGES", (ridge,))
        slopes = []
        monkeypatch.setattr(valence, "logistic_slope", lambda scores, positive: slopes.append(scores) or 1.0)
        vectors, valences, kept_back = data(noise=1.0, words=40)
        head = fit_valence(vectors, valences, kept_back, NONE)
        x, y = vectors[~kept_back], valences[~kept_back]

        def solve(x, y):
            """Ridge by an unpenalised column of ones."""
            ones = torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], 1)
            penalty = ridge * torch.eye(x.shape[1] + 1, dtype=x.dtype)
            penalty[-1, -1] = 0.0
            return torch.linalg.solve(ones.T @ ones + penalty, ones.T @ y)

        *weight, bias = solve(x, y)
        torch.testing.assert_close(head.weight, torch.stack(weight).float(), atol=1e-5, rtol=1e-4)
        assert head.bias == pytest.approx(float(bias), abs=1e-6)
        others = [[j for j in range(len(x)) if j != k] for k in range(len(x))]
        left_out = [float(torch.cat([x[k], x.new_ones(1)]) @ solve(x[rest], y[rest])) for k, rest in enumerate(others)]
        torch.testing.assert_close(slopes[0], torch.tensor(left_out, dtype=torch.float64), atol=1e-6, rtol=1e-6)

    def test_accuracy_is_that_of_the_words_kept_back(self):
        vectors, valences, kept_back = data(noise=1.5)
        head = fit_valence(vectors, valences, kept_back, NONE)
        right = (head.valences(vectors[kept_back]) > 0) == (valences[kept_back] > 0)
        assert head.accuracy == pytest.approx(float(right.double().mean()))
        assert 0.5 < head.accuracy < 1

    def test_valences_of_words_kept_back_change_nothing_but_the_accuracy(self):
        vectors, valences, kept_back = data(noise=0.5)
        head = fit_valence(vectors, valences, kept_back, NONE)
        other = fit_valence(vectors, torch.where(kept_back, -valences, valences), kept_back, NONE)
        assert torch.equal(head.weight, other.weight)
        assert (head.bias, head.slope, head.ridge) == (other.bias, other.slope, other.ridge)
        assert other.accuracy == pytest.approx(1 - head.accuracy)

    def test_neutral_texts_are_drawn_to_zero_and_have_no_part_in_slope_and_accuracy(self, monkeypatch):
        judged = []
        monkeypatch.setattr(valence, "logistic_slope", lambda scores, positive: judged.append(len(scores)) or 1.0)
        vectors, valences, kept_back = data(noise=0.5)
        neutral = vectors.new_tensor([3.0, 0, 0, 0, 0, 0]) + 0.1 * vectors[:50]
        without, drawn = (fit_valence(vectors, valences, kept_back, texts) for texts in (NONE, neutral))
        assert drawn.valences(neutral).abs().mean() < 0.5 * without.valences(neutral).abs().mean()
        assert judged == [360, 360]
        assert (drawn.words, drawn.heldout_words, drawn.neutral) == (360, 40, 50)


class TestSlope:
    def test_it_has_the_greatest_likelihood(self):
        draw = torch.Generator().manual_seed(1)
        scores = torch.randn(500, generator=draw, dtype=torch.float64)
        positive = torch.rand(500, generator=draw, dtype=torch.float64) < torch.sigmoid(1.7 * scores)
        slope = logistic_slope(scores, positive)
        assert slope == pytest.approx(1.7, abs=0.4)

        def likelihood(a: float) -> float:
            return float(torch.nn.functional.logsigmoid(torch.where(positive, a * scores, -a * scores)).sum())

        assert likelihood(slope) > max(likelihood(slope + 1e-3), likelihood(slope - 1e-3))

    def test_probabilities_are_logistic_in_the_valence(self):
        (row,) = label_log_probs(torch.tensor([0.7], dtype=torch.float64), 2.0).exp()
        positive = 1 / (1 + math.exp(-1.4))
        assert row.tolist() == pytest.approx([1 - positive, positive])

    def test_far_valences_have_finite_log_probabilities(self):
        assert torch.isfinite(label_log_probs(torch.tensor([1e4, -1e4]), 2.0)).all()


def test_words_are_kept_back_by_their_text():
    words = ["good", "bad", "terrible", "lovely", "grand", "awful", "Good"] * 2
    assert heldout(words).tolist() == [zlib.crc32(word.lower().encode()) % 10 == 0 for word in words]


def test_only_words_are_read(tmp_path):
    path = tmp_path / "lexicon.txt"
    path.write_text("good\t1.9\t0.94\t[2, 1]\n:-)\t1.3\t0.5\t[1]\nl8r\t0.1\t0.2\t[0]\nill-treated\t-2.1\n\n", "utf-8")
    assert read_lexicon(path) == {"good": 1.9, "ill-treated": -2.1}
