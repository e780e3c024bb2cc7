"""A pair whose map is known: how it is made, and that FUSE finds the map and carries the true gradient."""

from __future__ import annotations

import math
from functools import cache

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from fuse_core.adapter.fit import FitOptions
from fuse_core.adapter.map import Bucketing, bucket_key
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Cancelled
from fuse_core.synthetic.lexicon import cut_lexicon
from fuse_core.synthetic.pair import BUCKETS, SyntheticPair, principal_table
from fuse_core.synthetic.recovery import block, gradients, least_heldout_error, operator, recover, sweep
from fuse_core.words.corpus import Corpus, english
from fuse_core.words.tokenizer import WordTokenizer
from fuse_core.words.word_tensors import pad_slots
from tests.fuse_core.builders import pieces
from tests.fuse_core.dense import normal, relative, slow_tprod

D_SRC, D_TGT = 6, 5
every_truth = pytest.mark.parametrize("truth", ["pair", "target"])
every_ridge = pytest.mark.parametrize("ridge", [0.0, "auto"])


@cache
def corpus() -> Corpus:
    return english(12_000)


@cache
def source() -> WordTokenizer:
    """Cuts words into one to three pieces, a word of eight letters sometimes into one."""
    whole = pieces(corpus().words, 100)
    return cut_lexicon(whole, corpus(), [(1, 1), (1, 2), (1, 3)], 1500, seed=5).tokenizer


@cache
def built(seed: int = 0, truth: Bucketing = "pair", noise: float = 0.0) -> SyntheticPair:
    table = normal(source().vocab_size, D_SRC, seed=1)
    return SyntheticPair.build(source(), table, noise, seed, truth, corpus(), words_per_bucket=60, d_tgt=D_TGT)


def slow_words(pair: SyntheticPair, x: Tensor, j: int) -> Tensor:
    """The true map of one word, (i, d_src) -> (j, d_tgt), by the definition of the t-product."""
    m = pair.maps[bucket_key(pair.truth, len(x), j)]
    word = pad_slots(x.T.unsqueeze(0), m.shape[2])
    return slow_tprod(word, m)[0].T[:j]


def slow_loss(pair: SyntheticPair, y: Tensor) -> Tensor:
    pooled = torch.tanh(y @ pair.model.layer).mean(0)
    return 1 - pooled @ pair.model.wanted / (pooled.norm() * pair.model.wanted.norm())


# --- The pair -------------------------------------------------------------------------------------------------------


def test_every_bucket_has_words_and_the_target_cuts_them_as_meant():
    pair = built()
    assert set(pair.words) == set(BUCKETS)
    for (i, j), words in pair.words.items():
        assert len(words) > 30
        assert {len(ids) for ids in pair.source.tokenizer.encode_words(words)} == {i}
        assert {len(ids) for ids in pair.target.tokenizer.encode_words(words)} == {j}


def test_every_target_token_belongs_to_one_word():
    pair = built()
    tokens = [k for ids in pair.target.tokenizer.encode_words(pair.corpus.words) for k in ids]
    assert sorted(tokens) == list(range(1, pair.target.tokenizer.vocab_size))


def test_the_two_tokenizers_cut_most_words_differently():
    pair = built()
    aligned = pair.align(" " + " ".join(pair.corpus.words))
    cuts = [[[token.strip() for token in side.tokens] for side in (w.source, w.target)] for w in aligned]
    assert sum(a != b for a, b in cuts) > 0.7 * len(cuts)
    assert sum(w.lengths[0] != w.lengths[1] for w in aligned) > 0.4 * len(cuts)


@every_truth
def test_the_target_table_holds_what_the_true_map_makes_of_the_source_words(truth):
    pair = built(truth=truth)
    for (_, j), words in pair.words.items():
        s, t = (side.tokenizer.encode_words(words[:5]) for side in (pair.source, pair.target))
        for s_ids, t_ids in zip(s, t, strict=True):
            assert_close(pair.target.table[list(t_ids)], slow_words(pair, pair.source.table[list(s_ids)], j))


def test_the_same_seed_makes_the_same_pair_and_another_seed_another():
    first, again, other = built(), built.__wrapped__(), built(seed=1)
    assert first.words == again.words
    assert first.target.tokenizer.fingerprint == again.target.tokenizer.fingerprint
    assert torch.equal(first.target.table, again.target.table)
    assert torch.equal(first.unit_noise, again.unit_noise)
    assert first.words != other.words
    assert relative(first.maps[1, 1], other.maps[1, 1]) > 0.5


def test_noise_is_relative_to_the_clean_table():
    noisy = built(noise=0.25)
    assert relative(noisy.target.table, noisy.clean) == pytest.approx(0.25)
    assert torch.equal(noisy.target.table, built().with_noise(0.25).target.table)


def test_the_principal_table_has_the_directions_of_greatest_variance():
    table = normal(200, 8) @ torch.diag(torch.tensor([9.0, 8, 7, 1, 1, 1, 1, 1], dtype=torch.float64))
    reduced = principal_table(table.float() + 3, 3)
    assert reduced.dtype == torch.float64
    assert float(reduced.square().mean()) == pytest.approx(1)
    assert_close(reduced.mean(0), torch.zeros(3, dtype=torch.float64), atol=1e-5, rtol=0)
    u, s, _ = torch.linalg.svd(table - table.mean(0), full_matrices=False)
    expected = u[:, :3] * s[:3]
    signs = torch.sign((reduced * expected).sum(0))
    assert relative(reduced * signs, expected / expected.square().mean().sqrt()) < 1e-4


# --- Recovery -------------------------------------------------------------------------------------------------------


@every_truth
@every_ridge
def test_pair_buckets_recover_the_map_and_carry_the_true_gradient(truth, ridge):
    found = recover(built(truth=truth), FitOptions(ridge=ridge))
    limit = 1e-4 if ridge else 1e-10
    assert max(found.map_errors.values()) < limit
    assert max(found.heldout_errors.values()) < limit
    assert max(found.map_error, found.heldout_error) < limit
    assert found.gradient_error < (1e-3 if ridge else 1e-10)
    assert found.gradient_cosine > 1 - 1e-6


@every_ridge
def test_target_buckets_recover_one_map_a_target_length(ridge):
    found = recover(built(truth="target"), FitOptions(bucketing="target", ridge=ridge))
    assert found.map_error < 1e-4
    assert found.gradient_error < 1e-3


def test_target_buckets_cannot_hold_a_map_for_every_pair_of_lengths():
    found = recover(built(truth="pair"), FitOptions(bucketing="target", ridge=0.0))
    assert found.map_error > 0.2
    assert found.heldout_error > 0.2


@every_ridge
def test_errors_grow_with_noise(ridge):
    results = sweep(built(), FitOptions(ridge=ridge), [0, 0.01, 0.1, 0.5])
    assert [r.noise for r in results] == [0, 0.01, 0.1, 0.5]
    for measure in ("map_error", "heldout_error", "gradient_error"):
        values = [getattr(r, measure) for r in results]
        assert values == sorted(values)
        assert values[1] > 10 * values[0]
    cosines = [r.gradient_cosine for r in results]
    assert cosines == sorted(cosines, reverse=True)


def test_a_bucket_without_a_map_counts_as_lost():
    found = recover(built(), FitOptions(max_tokens=2))
    assert found.map_errors[1, 3] == 1
    assert math.isnan(found.heldout_errors[1, 3])
    assert found.map_errors[1, 2] < 1e-4


def test_a_block_of_a_plain_map_is_a_frontal_slice():
    pair = built(truth="target")
    found = recover(pair, FitOptions(bucketing="target", ridge=0.0))
    for s, t in ((0, 0), (0, 2), (1, 0), (2, 1)):
        part = block(pair, found.adapter, (3, 3), (s, t))
        assert_close(part.true, pair.maps[0, 3][:, :, (t - s) % 3])
        assert_close(part.found, found.adapter.maps[0, 3][:, :, (t - s) % 3])
        assert_close(part.difference, part.found - part.true)


def test_a_block_without_a_map_is_zero():
    pair = built()
    assert not block(pair, recover(pair, FitOptions(max_tokens=2)).adapter, (1, 3), (0, 2)).found.any()


def test_no_map_beats_the_true_one_on_held_out_words_by_much():
    pair = built().with_noise(0.5)
    assert recover(pair).heldout_error > 0.95 * least_heldout_error(0.5)


def test_a_sweep_tells_its_progress_bucket_by_bucket_and_ends_when_that_raises():
    told = []

    def report_progress(share: float, what: str) -> None:
        told.append((share, what))
        if len(told) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        sweep(built(), FitOptions(), [0, 0.1], report_progress)
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert told[0][1].startswith("Noise 0: fitting bucket 1 of")


# --- Gradients, against slow and obvious ones -----------------------------------------------------------------------


@every_truth
def test_the_true_gradient_is_that_of_finite_differences(truth):
    pair = built(truth=truth, noise=0.2)
    words = pair.align(pair.sample_text())
    x = pair.source.table[[k for w in words for k in w.source.ids]]
    target_ids = [k for w in words for k in w.target.ids]
    noise = pair.target.table[target_ids] - pair.clean[target_ids]

    def loss(x: Tensor) -> float:
        inputs = x.split([w.lengths[0] for w in words])
        mapped = [slow_words(pair, piece, w.lengths[1]) for piece, w in zip(inputs, words, strict=True)]
        return float(slow_loss(pair, torch.cat(mapped) + noise))

    step = 1e-6
    slow = torch.zeros_like(x)
    for token in range(x.shape[0]):
        for channel in range(x.shape[1]):
            moved = torch.zeros_like(x)
            moved[token, channel] = step
            slow[token, channel] = (loss(x + moved) - loss(x - moved)) / (2 * step)
    found = recover(pair, FitOptions(ridge=0.0))
    assert relative(found.gradients.true, slow) < 1e-6


@pytest.mark.parametrize("bucketing", ["pair", "target"])
def test_the_carried_gradient_is_the_adjoint_of_the_fitted_operator(bucketing):
    pair = built(noise=0.2)
    found = recover(pair, FitOptions(bucketing=bucketing))
    target_ids = [k for w in found.gradients.words for k in w.target.ids]
    y = pair.target.table[target_ids].clone().requires_grad_()
    (g,) = torch.autograd.grad(slow_loss(pair, y), y)
    slow, at = [], 0
    for word in found.gradients.words:
        i, j = word.lengths
        matrix = operator(found.adapter.map_words, D_SRC, i, j, pair.clean)
        slow.append(torch.einsum("siuj,ju->is", matrix, g[at : at + j]))
        at += j
    assert relative(found.gradients.carried, torch.cat(slow)) < 1e-10


def test_every_word_has_its_own_part_of_the_gradients():
    found = recover(built()).gradients
    parts = found.by_word()
    assert [word.text for word, _, _ in parts] == [words[0] for words in built().words.values()]
    assert all(true.shape == carried.shape == (word.lengths[0], D_SRC) for word, true, carried in parts)
    assert torch.equal(torch.cat([true for _, true, _ in parts]), found.true)


# --- Bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", [-0.1, math.nan, math.inf])
def test_bad_noise_gets_a_sentence(noise):
    with pytest.raises(UserError, match="noise must be a number from 0 up"):
        built().with_noise(noise)


def test_a_word_outside_the_lexicon_gets_a_sentence():
    pair = built()
    with pytest.raises(UserError, match="'zyzzyva' is not in the lexicon"):
        gradients(pair, recover(pair).adapter, " zyzzyva")


def test_too_few_words_get_a_sentence():
    table = normal(source().vocab_size, D_SRC)
    with pytest.raises(UserError, match="No word has the token lengths"):
        SyntheticPair.build(source(), table, corpus=corpus().top(5))


def test_too_many_directions_get_a_sentence():
    with pytest.raises(UserError, match="has 4 directions, 5 were asked for"):
        principal_table(normal(9, 4), 5)
