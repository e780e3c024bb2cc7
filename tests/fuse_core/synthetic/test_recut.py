"""A pair whose tokenizers disagree on a share of words."""

from __future__ import annotations

import pytest
import torch

from fuse_core.adapter.fit import FitOptions, VocabularySide, fit_adapter
from fuse_core.analysis.experiments.word_order import OWN, gradients_after, order_correlations, true_losses
from fuse_core.common.errors import UserError
from fuse_core.objective.image_term import ImageTerm
from fuse_core.synthetic.recut import MeanReader, recut_target, recut_tokenizer
from fuse_core.words.corpus import english, is_heldout
from tests.fuse_core.builders import tokenizer
from tests.fuse_core.dense import normal
from tests.fuse_core.tiny_models import shared_tokenizer

WORDS = english(2000).words


@pytest.fixture(scope="module")
def source() -> VocabularySide:
    cut = shared_tokenizer("gpt2-tokenizer")
    return VocabularySide(cut, normal(cut.vocab_size, 8))


def test_at_a_share_of_nought_every_word_is_cut_alike(source):
    same = recut_tokenizer(source.tokenizer, 0.0)
    assert same.encode_words(WORDS) == source.tokenizer.encode_words(WORDS)


def test_the_larger_the_share_the_more_words_are_cut(source):
    words = [w for w, ids in zip(WORDS, source.tokenizer.encode_words(WORDS), strict=True) if len(ids) == 1]
    cut = {share: recut_tokenizer(source.tokenizer, share).encode_words(words) for share in (0.05, 0.3, 1.0)}
    shares = {share: sum(len(ids) > 1 for ids in rows) / len(rows) for share, rows in cut.items()}
    assert shares[1.0] == pytest.approx(1.0, abs=0.01)  # a merge of two letters may stand in another order
    assert 0.05 < shares[0.05] < shares[0.3] < 0.9  # words that are built on others are cut with them
    decoded = source.tokenizer.decode(cut[1.0][0])
    assert decoded.strip() == words[0]


def test_without_disagreement_and_noise_the_map_and_its_order_are_exact(source):
    target = recut_target(source, 0.0, 0.0)
    adapter = fit_adapter(source, target, english(2000), FitOptions(words=2000, max_tokens=2))
    assert adapter.heldout_error() < 1e-3  # the ridge that is chosen is not nought
    model = MeanReader(target)
    term = ImageTerm(model, model.encode_ids([model.tokenizer.encode("a dog in the park")])[0])
    words = [w for w in WORDS if is_heldout(w)]
    words = [w for w, ids in zip(words, source.tokenizer.encode_words(words), strict=True) if len(ids) == 1][:50]
    ids = torch.tensor([row[0] for row in source.tokenizer.encode_words(words)])
    losses, gradients = true_losses(term, " a photograph", words), gradients_after(term, " a photograph")
    found = order_correlations(term, source.table, ids, words, {"fuse": adapter}, losses, gradients)
    assert found["fuse"] == pytest.approx(found[OWN], abs=1e-2)
    assert found[OWN] > 0.3


def test_noise_is_told_in_the_tables_root_mean_square(source):
    clean, noisy = (recut_target(source, 0.0, noise).table for noise in (0.0, 0.5))
    assert float((noisy - clean).square().mean().sqrt() / clean.square().mean().sqrt()) == pytest.approx(0.5, rel=0.02)


def test_what_cannot_be_recut_is_refused(source):
    with pytest.raises(UserError, match="has no merges to leave out"):
        recut_tokenizer(tokenizer("wordpiece"), 0.5)
    with pytest.raises(UserError, match="from 0 to 1, got 2"):
        recut_tokenizer(source.tokenizer, 2)
    with pytest.raises(UserError, match="noise must be a number from 0 up"):
        recut_target(source, 0.0, float("nan"))
