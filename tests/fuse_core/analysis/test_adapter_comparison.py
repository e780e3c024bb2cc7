"""Kinds of adapters judged side by side, on tiny models; what is told of each is computed again by hand."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch

from fuse_core.adapter.fit import FitOptions
from fuse_core.adapter.kinds.kind import KINDS
from fuse_core.analysis import adapter_comparison, carried_order
from fuse_core.analysis.adapter_comparison import compare_adapters, shared_words
from fuse_core.analysis.carried_order import OWN, carried_orders
from fuse_core.analysis.cka import linear_cka
from fuse_core.analysis.landing import landing
from fuse_core.analysis.retrieval import TokenSearch, sample_rows
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Cancelled
from fuse_core.objective.image_term import ImageTerm
from fuse_core.search.config import PROBE_WORDS
from fuse_core.words.corpus import english
from tests.fuse_core import tiny_models
from tests.fuse_core.builders import adapter
from tests.fuse_core.dense import normal

SOURCE, TARGET = tiny_models.CONFIG.source, tiny_models.CONFIG.target
OPTIONS = FitOptions(words=1000, examples=400)
CONTEXTS = ("", " a small")


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    held = tiny_models.library(tmp_path_factory.mktemp("cache"), adapters=False)
    held.once(("corpus", SOURCE, 1000), lambda: english(1000))
    held.once(("token features", SOURCE), lambda: held.causal(SOURCE).embedding_table.square())
    return held


@pytest.fixture(autouse=True, scope="module")
def _small():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adapter_comparison, "CANDIDATES", 40)
        patch.setattr(adapter_comparison, "HELDOUT", 20)
        patch.setattr(adapter_comparison, "CONTEXTS", CONTEXTS)
        patch.setattr(carried_order, "CONTEXTS", CONTEXTS)
        yield


@pytest.fixture(scope="module")
def pictures():
    return {"one": tiny_models.picture(1), "two": tiny_models.picture(2)}


@pytest.fixture(scope="module")
def found(library, pictures):
    return compare_adapters(library, SOURCE, TARGET, pictures, options=OPTIONS)


def correlation(a, b) -> float:
    """Spearman's, by counting: random numbers have no ties."""
    ranks = [[sum(u <= v for u in values) for v in values] for values in (list(a), list(b))]
    return float(np.corrcoef(*ranks)[0, 1])


def test_every_kind_is_judged_on_the_same_words_and_all_is_plain_json(found):
    assert [r.kind for r in found.kinds] == list(KINDS)
    assert (found.pictures, found.contexts, found.candidates, found.heldout) == (2, 2, 40, 20)
    told = json.loads(json.dumps(found.as_dict()))
    assert set(told["kinds"][0]["orders"]["heldout"]) == {"spearman", "share", "low", "high"}
    assert told["kinds"][0]["landing"]["error"] == found.kinds[0].landing.error


def test_the_targets_own_table_is_its_own_order_and_has_no_error(found):
    fvt = next(r for r in found.kinds if r.kind == "fvt")
    assert fvt.landing.error == pytest.approx(0, abs=1e-6)
    assert (fvt.landing.explained_variance, fvt.landing.top1) == (pytest.approx(1), 1)
    for part, order in fvt.orders.items():
        assert order.share == pytest.approx(1)
        assert order.spearman == pytest.approx(found.own[part].spearman)


def test_landings_are_those_of_the_held_out_words(found, library):
    """The linear kinds again, by least squares word by word."""
    shared = shared_words(library, SOURCE, TARGET, OPTIONS)
    judged = sample_rows(shared.rows, 20)
    e = np.stack([shared.source.table[row.source[0]].double().numpy() for row in judged])
    y = np.stack([shared.target.table[row.target[0]].double().numpy() for row in judged])
    m = np.linalg.lstsq(shared.x.double().numpy(), shared.y.double().numpy(), rcond=None)[0]
    trained = next(r for r in found.kinds if r.kind == "trained")
    missed = np.linalg.norm(e @ m - y)
    assert trained.landing.error == pytest.approx(missed / np.linalg.norm(y), rel=1e-4)
    spread = np.linalg.norm(y - shared.y.double().numpy().mean(0))
    assert trained.landing.explained_variance == pytest.approx(1 - (missed / spread) ** 2, rel=1e-3)
    assert trained.bytes == m.size * 4


def test_a_landing_by_hand():
    table = torch.tensor([[1.0, 0.0], [0.0, 2.0], [-1.0, 0.0]])
    carried = torch.tensor([[0.5, 0.1], [0.9, 0.5]])  # the second is nearer token 0 than its own, token 1
    got = landing(carried, torch.tensor([0, 1]), table, torch.zeros(2), TokenSearch(table))
    assert got.error == pytest.approx(math.sqrt((0.25 + 0.01 + 0.81 + 2.25) / 5))
    assert got.explained_variance == pytest.approx(1 - (0.25 + 0.01 + 0.81 + 2.25) / 5)
    assert (got.top1, got.top10) == (0.5, 1)


def test_orders_are_those_of_the_carried_gradient(library, pictures):
    """The adjoint of a random map, and the losses of texts one by one."""
    source, model = library.causal(SOURCE), library.image_text(TARGET)
    texts = [" cat", " dog", " house", " water", " green", " music", " street", " paper"]
    ids = [source.tokenizer.encode(text)[0] for text in texts]
    m = normal(16, 16, 1, seed=7, dtype=torch.float32)
    e = source.embedding_table[ids]
    places = {"map": e @ m[:, :, 0], OWN: normal(8, 16, seed=8, dtype=torch.float32)}
    parts = {"all": slice(None), "few": slice(5)}
    orders = carried_orders(library, TARGET, pictures, texts, places, parts, lambda share, what: None)
    back = adapter({(1, 1): m})
    values: dict[str, list[list[float]]] = {"map": [], OWN: []}
    for picture in pictures.values():
        term = ImageTerm(model, model.encode_image(picture), 22.0, "An image of")
        for context in CONTEXTS:
            gradients = [g.at_last_word for g in term.gradients([context + word for word in PROBE_WORDS])]
            assert all(g.shape[2] == 1 for g in gradients)
            carried = torch.stack([back.vjp_words(g, 1)[0, :, 0] for g in gradients]).mean(0)  # type: ignore[index]
            own = torch.stack([g[0, :, 0] for g in gradients]).mean(0)
            losses = np.array([float(term.losses([context + text])) for text in texts])
            for name, scores in (("map", -e @ carried), (OWN, -places[OWN] @ own)):
                values[name].append([correlation(scores[:n], -losses[:n]) for n in (8, 5)])
    for k, part in enumerate(parts):
        carried, own = (np.array(values[name])[:, k] for name in ("map", OWN))
        assert orders[part]["map"].spearman == pytest.approx(carried.mean(), abs=1e-6)
        assert orders[part]["map"].share == pytest.approx((carried / own).mean(), abs=1e-6)


def test_the_interval_holds_the_share_and_is_that_of_pictures(found):
    """Two pictures: 95 % of the resampled means lie between the two pictures' own, ends included."""
    for report in found.kinds:
        for order in report.orders.values():
            assert order.low <= order.share <= order.high
            assert order.share == pytest.approx((order.low + order.high) / 2)


def test_a_target_without_pictures_is_judged_by_words_alone(library, pictures):
    found = compare_adapters(library, SOURCE, "roberta-sentiment", pictures, ["procrustes", "fvt"], OPTIONS)
    assert [r.kind for r in found.kinds] == ["procrustes", "fvt"]
    assert all(r.orders == {} for r in found.kinds)
    assert (found.pictures, found.contexts, found.candidates) == (0, 0, 0)


def test_a_source_without_layers_does_without_that_kind(library, pictures):
    library.once(("corpus", TARGET, 1000), lambda: english(1000))
    found = compare_adapters(library, TARGET, "roberta-sentiment", pictures, (), OPTIONS)
    assert [r.kind for r in found.kinds] == [name for name in KINDS if name != "layers"]
    with pytest.raises(UserError, match="is no causal language model"):
        compare_adapters(library, TARGET, "roberta-sentiment", pictures, ["layers"], OPTIONS)


def test_an_unknown_kind_is_refused_before_any_work(library, pictures):
    with pytest.raises(
        UserError, match=r"'method' must be one of pseudoinverse, residual, layers, paper, .*, got 'magic'"
    ):
        compare_adapters(library, SOURCE, TARGET, pictures, ["magic"])


def test_progress_goes_up_and_cancels(library, pictures):
    told = []

    def report(share: float, what: str) -> None:
        told.append((share, what))
        if "scoring" in what:
            raise Cancelled

    with pytest.raises(Cancelled):
        compare_adapters(library, SOURCE, TARGET, pictures, ["trained", "omp"], OPTIONS, report)
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert any(what.startswith("trained: training: iteration 0") for _, what in told)
    assert told[-1][1] == "one, after “nothing”: scoring 60 candidates"


class TestCka:
    def test_it_equals_the_centred_gram_matrices_alignment(self):
        x, y = normal(9, 4, seed=1), normal(9, 3, seed=2)
        centre = np.eye(9) - 1 / 9
        k, l = (centre @ (t @ t.T).numpy() @ centre for t in (x, y))
        assert linear_cka(x, y) == pytest.approx((k * l).sum() / np.linalg.norm(k) / np.linalg.norm(l))

    def test_it_is_one_for_a_rotated_scaled_and_shifted_table_and_small_for_unrelated_ones(self):
        x = normal(2000, 5, seed=1)
        assert linear_cka(x, 3 * x @ torch.linalg.qr(normal(5, 5, seed=2)).Q + 1) == pytest.approx(1)
        assert linear_cka(x, normal(2000, 5, seed=3)) < 0.02
