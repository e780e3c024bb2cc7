"""A gradient carried back by hand: slices by the definition of the t-product, and by autograd."""

from __future__ import annotations

import pytest
import torch

from fuse_core.adapter.map import apply_map
from fuse_core.analysis.lessons import carried_gradient
from fuse_core.analysis.lessons.by_hand import product_by_hand
from fuse_core.analysis.lessons.carried_gradient import carry, identity, moves_of, shadows
from fuse_core.common.errors import UserError
from fuse_core.words.word_tensors import pad_slots
from tests.fuse_core import tiny_models

D_SRC, D_TGT = 3, 2
LENGTHS = [(i, j) for i in range(1, 5) for j in range(1, 5)]


def drawn(i: int, j: int, block: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(10 * i + j)
    shapes = (1, D_TGT, j), (D_SRC * (1 + block), D_TGT, max(i, j)), (5, D_SRC, i)
    g, m, moves = (torch.randn(shape, generator=generator).double() for shape in shapes)
    return g, m, moves


@pytest.mark.parametrize(("i", "j"), LENGTHS)
def test_what_is_carried_back_is_what_autograd_finds(i, j):
    g, m, moves = drawn(i, j, i > 1)
    carried, _, foretold = identity(g, m, moves, i > 1)
    x = torch.zeros(1, D_SRC, i, dtype=torch.float64, requires_grad=True)
    (apply_map(x, m, j) * g).sum().backward()
    torch.testing.assert_close(carried, x.grad)
    torch.testing.assert_close(foretold[:, 0], foretold[:, 1])


@pytest.mark.parametrize(("i", "j"), LENGTHS)
def test_without_the_reversal_the_identity_fails_from_three_slots_on(i, j):
    g, m, moves = drawn(i, j, False)
    _, forgetful, foretold = identity(g, m, moves, False)
    by_hand = product_by_hand(pad_slots(g, m.shape[2]), m.transpose(0, 1))  # slices transposed, none moved
    torch.testing.assert_close(forgetful, by_hand[:, :, :i])
    apart = float((foretold[:, 2] - foretold[:, 0]).abs().max())
    assert (apart > 1e-3) == (max(i, j) > 2)


def test_moves_put_another_token_in_the_place_of_one():
    table = torch.arange(12.0).reshape(4, 3)
    x = table[[1, 2]].T[None]
    for k, move in enumerate(moves_of(x, table)):
        assert not move[:, 1 - k % 2].any()
        assert any(torch.equal(x[0, :, k % 2] + move[:, k % 2], row) for row in table)


def test_a_plane_keeps_two_directions_whole_and_loses_a_third():
    (corner,), share = shadows(torch.tensor([[3.0, 0.0], [0.0, 4.0], [0.0, 0.0]]))
    assert [round(x * x + y * y, 4) for x, y in corner] == [9.0, 16.0]
    assert share == pytest.approx(1.0)
    assert shadows(torch.diag(torch.tensor([3.0, 2.0, 1.0])))[1] == pytest.approx(13 / 14)


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(carried_gradient, "SOURCE", tiny_models.CONFIG.source)
    monkeypatch.setattr(carried_gradient, "TARGET", tiny_models.CONFIG.target)
    return tiny_models.shared_library()


def test_a_sentence_has_the_gradient_of_every_word_that_a_map_serves(tiny):
    words = carry(tiny, "a cat hippopotamus")["words"]
    assert [word["text"] for word in words] == ["a", "cat", "hippopotamus"]
    assert ["slots" in word for word in words] == [True, True, False]
    assert all(len(word["norms"]["source"]) == len(word["source"]) for word in words[:2])
    assert all(word["wrong"][0] < 1e-9 for word in words[:2])


@pytest.mark.parametrize("text", ["", " ".join(["word"] * 13)])
def test_a_sentence_of_no_word_or_too_many_is_refused(tiny, text):
    with pytest.raises(UserError, match="Type 1 to 12 words"):
        carry(tiny, text)
