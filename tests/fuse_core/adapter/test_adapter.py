"""The adapter's maps, their adjoints, and the seven facts that a correct FUSE must show (see the design)."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck
from torch.testing import assert_close

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.bucket_fit import BucketReport
from fuse_core.adapter.fit import FitOptions, fit_adapter
from fuse_core.adapter.transport import pull_back, transport, vjp_text
from fuse_core.tensor.product import tidentity, tprod
from fuse_core.tensor.solve import tpinv
from fuse_core.words.alignment import align
from fuse_core.words.word_tensors import merge, split, word_tensor
from tests.fuse_core.builders import adapter, random_adapter, synthetic_pair, tokenizer
from tests.fuse_core.dense import KINDS, normal, relative, shaped, slow_tprod

every_bucketing = pytest.mark.parametrize("bucketing", ["pair", "target"])
every_kind = pytest.mark.parametrize("bucketing", ["pair", "separate", "target"])
# Words of every shape, one of them twice.
LENGTHS = [(1, 1), (2, 1), (1, 2), (3, 3), (2, 4), (4, 3), (1, 1)]


def mapped_text(x: Tensor, maps: Adapter, lengths: list[tuple[int, int]]) -> Tensor:
    """merge(map(split(x))): the linear function whose adjoint ``transport`` must apply."""
    words = split(x, [i for i, _ in lengths])
    return merge(
        [maps.map_words(word, j) for word, (_, j) in zip(words, lengths, strict=True)], [j for _, j in lengths]
    )


# --- The seven facts ------------------------------------------------------------------------------------------------


def test_fact_1_each_word_reads_its_own_slice_of_the_gradient():
    identity = adapter({(1, 1): tidentity(4, 1)})
    x, y, g = (normal(3, 4, seed=seed, dtype=torch.float32) for seed in range(3))
    x.requires_grad_()
    transport(x, y, identity, [(1, 1)] * 3).backward(g)
    assert_close(x.grad, g)


@every_kind
@pytest.mark.parametrize("j", range(1, 6))
@pytest.mark.parametrize("i", range(1, 6))
def test_fact_2_the_backward_is_the_adjoint_of_the_map(i, j, bucketing):
    maps = random_adapter(bucketing, max_tokens=5)
    x, g = normal(6, 4, i, seed=1), normal(6, 3, j, seed=2)
    assert_close((maps.map_words(x, j) * g).sum(), (x * maps.vjp_words(g, i)).sum())


@every_kind
@pytest.mark.parametrize(("i", "j"), [(1, 1), (2, 2), (3, 3), (4, 4), (1, 3), (3, 1)])
def test_fact_2_the_map_passes_gradcheck(i, j, bucketing):
    maps = random_adapter(bucketing)
    x = normal(2, 4, i).requires_grad_()
    assert gradcheck(lambda x: maps.map_words(x, j), (x,))
    (gradient,) = torch.autograd.grad(maps.map_words(x, j).sum(), x)
    assert_close(gradient, maps.vjp_words(torch.ones(2, 3, j, dtype=x.dtype), i))


@pytest.mark.parametrize("l", range(1, 6))
def test_fact_2_the_order_of_the_slices_matters_from_three_on(l):
    maps = random_adapter(max_tokens=5)
    g = normal(2, 3, l)
    unreversed = tprod(g, maps.map_for(l, l).transpose(0, 1))
    assert torch.allclose(maps.vjp_words(g, l), unreversed) == (l <= 2)


def test_fact_3_unequal_lengths_lose_no_gradient():
    maps = random_adapter()
    g = normal(2, 3)
    both = vjp_text(g, maps, [(1, 2)])
    alone = [vjp_text(g * keep.unsqueeze(1), maps, [(1, 2)]) for keep in torch.eye(2, dtype=g.dtype)]
    assert all(part.norm() > 0.1 for part in alone)
    assert_close(both, alone[0] + alone[1])
    # And of two source tokens for one target token both receive it.
    assert (vjp_text(g[:1], maps, [(2, 1)]).norm(dim=1) > 0.1).all()


@pytest.mark.parametrize("shape", [(6, 4), (3, 5)])
@pytest.mark.parametrize("kind", KINDS)
def test_fact_4_the_pseudoinverse_holds_for_every_tensor(kind, shape):
    for l in range(1, 6):
        a = shaped(kind, *shape, l)
        assert_close(tprod(tprod(a, tpinv(a)), a), a)


def test_fact_5_padding_is_never_mistaken_for_the_eos_token():
    source, target = tokenizer("byte-level"), tokenizer("wordpiece")
    eos = source.backend.token_to_id("<|endoftext|>")
    table = normal(source.vocab_size, 4, dtype=torch.float32)
    (with_eos,) = align("cat<|endoftext|>", source, target)
    (without,) = align("cat", source, target)
    assert with_eos.source.ids == (*without.source.ids, eos)
    l = len(with_eos.source.ids)
    padded, kept = word_tensor(table, [without.source.ids, with_eos.source.ids], l)
    assert not padded[:, -1].any()
    assert torch.equal(kept[:, -1], table[eos])
    # Its gradient is its own, as for any other token.
    maps = random_adapter(dtype=torch.float32)
    pulled = vjp_text(normal(1, 3, dtype=torch.float32), maps, [(l, 1)])
    assert (pulled.norm(dim=1) > 0.01).all()


def test_fact_6_the_device_follows_the_inputs():
    """The meta device stands for any other one: mixing it with the CPU fails."""
    maps = random_adapter().to("meta")
    assert maps.device.type == "meta"
    x = torch.empty(16, 4, device="meta", dtype=torch.float64, requires_grad=True)
    y = transport(x, torch.empty(15, 3, device="meta", dtype=torch.float64), maps, [*LENGTHS, (2, 0)])
    assert y.device.type == "meta"
    y.sum().backward()
    assert x.grad.device.type == "meta"


@every_kind
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("stored", [torch.float32, torch.float64])
def test_fact_6_the_dtype_follows_the_inputs(stored, dtype, bucketing):
    maps = random_adapter(bucketing, dtype=stored)
    assert maps.map_words(normal(2, 4, 2, dtype=dtype), 3).dtype == dtype
    assert maps.vjp_words(normal(2, 3, 3, dtype=dtype), 2).dtype == dtype
    x = normal(14, 4, dtype=dtype).requires_grad_()
    y = transport(x, normal(15, 3, dtype=stored), maps, LENGTHS)
    assert y.dtype == stored
    y.sum().backward()
    assert x.grad.dtype == dtype


@every_bucketing
def test_fact_6_every_run_is_the_same(bucketing):
    pair = synthetic_pair(torch.float32)
    random_state = torch.get_rng_state()
    first, second = (
        fit_adapter(pair.source, pair.target, pair.corpus, FitOptions(bucketing=bucketing)) for _ in range(2)
    )
    assert torch.equal(torch.get_rng_state(), random_state)
    assert first.info == second.info
    assert first.maps.keys() == second.maps.keys()
    assert all(torch.equal(first.maps[key], second.maps[key]) for key in first.maps)
    g = normal(15, 3, dtype=torch.float32)
    lengths = [*LENGTHS, (9, 0)]
    assert torch.equal(vjp_text(g, first, lengths), vjp_text(g, second, lengths))


@every_bucketing
@pytest.mark.parametrize(("dtype", "precision"), [(torch.float32, 1e-4), (torch.float64, 1e-11)])
@pytest.mark.parametrize("ridge", [0, "auto"])
def test_fact_7_a_synthetic_t_linear_pair_is_recovered(ridge, dtype, precision, bucketing):
    pair = synthetic_pair(dtype)
    options = FitOptions(bucketing=bucketing, ridge=ridge, separate_first=False)
    fitted = fit_adapter(pair.source, pair.target, pair.corpus, options)
    if ridge == "auto":
        precision = max(precision, 1e-4)  # the lightest ridge there is still shrinks a little
    keys = [(0, 1), (0, 2), (0, 3)] if bucketing == "target" else [(1, 1), (1, 2), (2, 2), (2, 3)]
    assert list(fitted.maps) == keys
    for (_, j), m in fitted.maps.items():
        assert m.dtype == dtype
        assert relative(m, pair.maps[j]) < precision
    assert fitted.heldout_error() < precision


@pytest.mark.parametrize("ridge", [0, "auto"])
def test_fact_7_first_tokens_with_channels_of_their_own_recover_the_same_map(ridge):
    pair = synthetic_pair()
    fitted = fit_adapter(pair.source, pair.target, pair.corpus, FitOptions(ridge=ridge))
    assert list(fitted.maps) == [(1, 1), (1, 2), (2, 2), (2, 3)]
    for (i, j), m in fitted.maps.items():
        # Later tokens stand one slot further to the front, and so their map has its slices one further to the back.
        expected = torch.cat([pair.maps[j], pair.maps[j].roll(1, 2)][:i])
        assert relative(m, expected) < (1e-4 if ridge == "auto" else 1e-11)
    assert fitted.heldout_error() < 1e-4


@every_bucketing
def test_fact_7_the_carried_gradient_is_the_true_gradient_of_the_composed_function(bucketing):
    pair = synthetic_pair()
    fitted = fit_adapter(pair.source, pair.target, pair.corpus, FitOptions(bucketing=bucketing, ridge=0))
    text = " ".join(pair.corpus.words[10:18])
    aligned = align(text, pair.source.tokenizer, pair.target.tokenizer)
    lengths = [word.lengths for word in aligned]
    assert set(lengths) == {(1, 1), (1, 2), (2, 2), (2, 3)}
    x = pair.source.table[pair.source.tokenizer.encode(text)].requires_grad_()
    y = pair.target.table[pair.target.tokenizer.encode(text)]

    def loss(embeddings: Tensor) -> Tensor:
        return (embeddings.tanh().sum(0) * torch.tensor([1.0, -2.0, 0.5])).square().sum()

    words = split(x, [i for i, _ in lengths], slots=3)
    composed = [slow_tprod(word[:, :, :j], pair.maps[j]) for word, (_, j) in zip(words, lengths, strict=True)]
    composed = merge(composed, [j for _, j in lengths])
    assert_close(composed, y)  # the exact forward pass and the composed function agree
    (true,) = torch.autograd.grad(loss(composed), x)
    (carried,) = torch.autograd.grad(loss(transport(x, y, fitted, lengths)), x)
    assert relative(carried, true) < 1e-11


# --- Carrying gradients through a text ------------------------------------------------------------------------------


@every_kind
def test_carry_equals_autograd_through_the_mapped_text(bucketing):
    maps = random_adapter(bucketing)
    x, y, g = normal(14, 4).requires_grad_(), normal(15, 3, seed=1), normal(15, 3, seed=2)
    (expected,) = torch.autograd.grad(mapped_text(x, maps, LENGTHS), x, g)
    out = transport(x, y, maps, LENGTHS)
    assert torch.equal(out, y)
    (gradient,) = torch.autograd.grad(out, x, g)
    assert_close(gradient, expected)
    assert torch.equal(vjp_text(g, maps, LENGTHS), gradient)


@every_kind
def test_words_out_of_reach_are_flagged_and_get_no_gradient(bucketing):
    maps = random_adapter(bucketing)
    del maps.maps[(0, 4) if bucketing == "target" else (2, 4)]  # an empty bucket
    lengths = [(1, 1), (5, 1), (2, 4), (1, 5), (0, 1), (1, 0), (2, 2)]
    flagged = [1, 2, 3, 4, 5]
    words = [torch.ones(1, 3, j) for _, j in lengths]
    pulled = pull_back(words, maps, [i for i, _ in lengths])
    assert [k for k, word in enumerate(pulled) if word is None] == flagged
    x = normal(sum(i for i, _ in lengths), 4).requires_grad_()
    y = normal(sum(j for _, j in lengths), 3)
    transport(x, y, maps, lengths).backward(torch.ones_like(y))
    for k, piece in enumerate(x.grad.split([i for i, _ in lengths])):
        assert bool(piece.any()) == (k not in flagged)
    # The words in reach are served as if the others were not there.
    reached = [lengths[0], lengths[-1]]
    expected = vjp_text(torch.ones(3, 3, dtype=x.dtype), maps, reached)
    assert_close(torch.cat([x.grad[:1], x.grad[-2:]]), expected)


def test_carry_of_an_empty_text():
    maps = random_adapter()
    x = normal(0, 4).requires_grad_()
    out = transport(x, normal(0, 3), maps, [])
    out.sum().backward()
    assert out.shape == (0, 3)
    assert x.grad.shape == (0, 4)


@pytest.mark.parametrize("lengths", [[(1, 1)], [(2, 3)], []])
def test_carry_refuses_lengths_that_do_not_add_up(lengths):
    with pytest.raises(ValueError, match="tokens in all"):
        transport(normal(2, 4), normal(2, 3), random_adapter(), lengths)


# --- Maps -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("i", "j"), [(1, 1), (2, 3), (3, 2), (4, 4)])
def test_pair_maps_use_every_slot_of_both_sides(i, j):
    maps = random_adapter()
    x = normal(5, 4, i)
    padded = torch.cat([x, torch.zeros(5, 4, max(i, j) - i, dtype=x.dtype)], dim=2)
    assert_close(maps.map_words(x, j), slow_tprod(padded, maps.maps[i, j])[:, :, :j])


@pytest.mark.parametrize(("i", "j"), [(1, 1), (2, 3), (3, 2), (4, 1)])
def test_target_maps_cut_the_source_to_the_target_length(i, j):
    maps = random_adapter("target")
    x = normal(5, 4, i)
    cut = torch.cat([x[:, :, :j], torch.zeros(5, 4, max(j - i, 0), dtype=x.dtype)], dim=2)
    assert_close(maps.map_words(x, j), slow_tprod(cut, maps.maps[0, j]))
    pulled = maps.vjp_words(normal(5, 3, j, seed=1), i)
    assert pulled.shape == (5, 4, i)
    assert not pulled[:, :, j:].any()  # what was cut has no gradient


@every_bucketing
@pytest.mark.parametrize(("i", "j"), [(0, 1), (1, 0), (5, 1), (1, 5)])
def test_no_map_serves_words_of_other_lengths(i, j, bucketing):
    maps = random_adapter(bucketing)
    assert maps.map_for(i, j) is None
    assert maps.map_words(normal(2, 4, i), j) is None
    assert maps.vjp_words(normal(2, 3, j), i) is None


@pytest.mark.parametrize("words", [0, 1])
def test_any_number_of_words_can_be_mapped(words):
    maps = random_adapter()
    assert maps.map_words(normal(words, 4, 2), 3).shape == (words, 3, 3)
    assert maps.vjp_words(normal(words, 3, 3), 2).shape == (words, 4, 2)


def test_bytes_and_device_describe_the_maps():
    maps = adapter({(1, 1): torch.zeros(4, 3, 1), (1, 2): torch.zeros(4, 3, 2)})
    assert maps.bytes == 4 * 3 * 3 * 4
    assert maps.device == torch.device("cpu")
    assert maps.to("meta").info is maps.info


def test_heldout_error_is_weighted_by_heldout_words():
    def report(error: float, heldout: int) -> BucketReport:
        return BucketReport(1, 1, 10, heldout, 0.1, error, 1.0, 0.0, error, 2 * error)

    maps = random_adapter()
    maps.reports = [report(0.5, 3), report(math.nan, 0), report(0.9, 1)]
    assert maps.heldout_error() == pytest.approx(0.6)
    assert maps.explained() == pytest.approx(0.75)
    maps.reports = [report(math.nan, 0)]
    assert math.isnan(maps.heldout_error())
