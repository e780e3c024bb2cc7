"""A text's sentiment from its tokens', against all outcomes written out, and the fit against its own optimum."""

from __future__ import annotations

from itertools import product

import pytest
import torch

from fuse_core.models.noisy_or import fit_logits, text_log_probs


def logits(texts: int, tokens: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(texts, tokens, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_it_is_the_probability_that_some_token_says_so_and_none_the_opposite():
    given = logits(4, 3)
    found = text_log_probs(given, torch.ones(4, 3)).exp()
    for text, tokens in zip(found, given.softmax(-1), strict=True):
        expected = torch.zeros(3, dtype=torch.float64)
        # Every token is drawn twice, once for each question: some token is positive; some token is negative.
        for positive, negative in product(product((0, 1), repeat=3), repeat=2):
            p = torch.ones((), dtype=torch.float64)
            for token, up, down in zip(tokens, positive, negative, strict=True):
                p = p * (token[2] if up else 1 - token[2]) * (token[0] if down else 1 - token[0])
            expected[1 + any(positive) - any(negative)] += p
        torch.testing.assert_close(text, expected, atol=1e-9, rtol=1e-6)


def test_padding_does_not_count_and_a_text_without_tokens_is_neutral():
    given, inner = logits(2, 4), torch.tensor([[0, 1, 1, 0], [0, 0, 0, 0]])
    alone = text_log_probs(given[:1, 1:3], torch.ones(1, 2))
    found = text_log_probs(given, inner)
    torch.testing.assert_close(found[0], alone[0])
    assert found[1].exp()[1] > 0.999


@pytest.mark.parametrize("size", [1.0, 60.0])
def test_gradients_are_finite_and_those_of_finite_differences(size):
    given = (size * logits(1, 2)).requires_grad_()
    inner = torch.ones(1, 2)
    if size == 1.0:
        assert torch.autograd.gradcheck(lambda x: text_log_probs(x, inner), given)
    text_log_probs(given, inner).sum().backward()
    assert given.grad is not None
    assert given.grad.isfinite().all()


def test_the_fit_is_where_the_penalised_likelihood_is_greatest_whatever_the_columns_scale():
    draw = torch.Generator().manual_seed(1)
    rows = torch.randn(300, 4, generator=draw, dtype=torch.float64)
    labels = (rows[:, 0] + 0.5 * torch.randn(300, generator=draw, dtype=torch.float64) > 0).long() * 2
    labels[rows[:, 1] > 1] = 1
    weight, bias = fit_logits(rows, labels, 0.01)

    def loss(w: torch.Tensor, b: torch.Tensor) -> float:
        log_probs = (rows @ w + b).log_softmax(-1)
        scaled = w * rows.std(0).unsqueeze(1)
        return float(-log_probs[range(300), labels].mean() + 0.01 * scaled.square().sum())

    best = loss(weight, bias)
    for seed in range(20):
        draw = torch.Generator().manual_seed(seed)
        moved = weight + 0.01 * torch.randn(4, 3, generator=draw, dtype=torch.float64)
        assert loss(moved, bias + 0.01 * torch.randn(3, generator=draw, dtype=torch.float64)) > best
    scale = torch.tensor([10.0, 0.1, 3.0, 1.0], dtype=torch.float64)
    other, _ = fit_logits(rows * scale, labels, 0.01)
    torch.testing.assert_close(other * scale.unsqueeze(1), weight, atol=1e-3, rtol=1e-3)
