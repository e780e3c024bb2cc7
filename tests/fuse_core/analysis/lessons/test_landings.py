from __future__ import annotations

import numpy as np
import pytest
import torch

from fuse_core.adapter.fit import FitOptions
from fuse_core.analysis.lessons import pair_words
from fuse_core.analysis.lessons.landings import MOST, WORDS, land, principal_plane
from fuse_core.analysis.lessons.recorded import recorded
from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.words.corpus import english, is_heldout
from tests.fuse_core import tiny_models

SOURCE, TARGET = tiny_models.CONFIG.source, tiny_models.CONFIG.target


@pytest.fixture
def library(monkeypatch, tmp_path) -> Library:
    monkeypatch.setattr(pair_words, "SOURCE", SOURCE)
    monkeypatch.setattr(pair_words, "TARGET", TARGET)
    monkeypatch.setattr(pair_words, "OPTIONS", FitOptions(words=1000, max_tokens=2, examples=200))
    made = tiny_models.library(tmp_path, adapters=False)
    made.once(("corpus", SOURCE, 1000), lambda: english(1000))
    return made


def test_words_land_where_the_map_takes_them(library):
    found = land(library, ["time", "people"])
    adapter = library.adapter(SOURCE, TARGET, pair_words.OPTIONS)
    known = pair_words.pair_words(library)
    source, target = known.source.table.double().numpy(), known.target.table.double().numpy()
    unit = target / np.linalg.norm(target, axis=1, keepdims=True)
    assert found.vocabulary == len(target)
    for slot in found.landed:
        row = next(row for row in known.rows[1, 1] if row.word == slot.word)
        image = source[row.source[0]] @ adapter.maps[1, 1][:, :, 0].double().numpy()
        cosines = unit @ (image / np.linalg.norm(image))
        assert slot.cosine == pytest.approx(cosines[row.target[0]], abs=1e-5)
        assert slot.rank == 1 + int((cosines > cosines[row.target[0]] + 1e-9).sum())
        nearest = np.argsort(-cosines)[:3]
        assert slot.nearest == tuple(known.target.tokenizer.token_name(int(token)) for token in nearest)
        assert slot.known == ("held-out" if is_heldout(slot.word) else "training")
    assert {name for name, _, _ in found.others}.isdisjoint({slot.token for slot in found.landed})


def test_a_word_that_the_fit_has_not_seen_is_told(library):
    (slot,) = land(library, ["zebra"]).landed
    assert slot.known == "unseen"


def test_the_plane_is_that_of_the_principal_components():
    vectors = torch.randn(12, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    mean, axes, shares = principal_plane(vectors)
    values = np.linalg.eigvalsh(np.cov(vectors.numpy().T))[::-1]
    assert shares == pytest.approx(tuple(values[:2] / values.sum()))
    places = ((vectors - mean) @ axes).numpy()
    np.testing.assert_allclose(np.cov(places.T), np.diag(values[:2]), atol=1e-12)


def test_one_point_has_a_plane_too():
    mean, axes, shares = principal_plane(torch.ones(1, 4, dtype=torch.float64))
    assert torch.equal(mean, torch.ones(4, dtype=torch.float64))
    assert axes.shape == (4, 2)
    assert shares == (0.0, 0.0)


def test_no_words_and_too_many_are_refused(library):
    for words in ([], ["word"] * (MOST + 1)):
        with pytest.raises(UserError, match="Type 1 to"):
            land(library, words)


def test_the_recorded_words_were_held_out():
    known = recorded("landing")
    assert tuple(slot["word"] for slot in known["neighbourhood"]["landed"]) == WORDS
    assert all(is_heldout(word) for word in WORDS)
