"""Every kind of adapter against an independent computation in float64 on tiny tables."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch

from fuse_core.adapter import kinds
from fuse_core.adapter.fit import VocabularySide
from fuse_core.adapter.kinds import omp, paper
from fuse_core.adapter.kinds.kind import KINDS
from fuse_core.adapter.kinds.omp import sparse_code
from fuse_core.adapter.kinds.procrustes import procrustes
from fuse_core.adapter.kinds.relative import relative_combination
from fuse_core.adapter.kinds.shared_words import SharedWords
from fuse_core.adapter.kinds.trained import train
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Cancelled
from fuse_core.words.corpus import Corpus, is_heldout
from tests.fuse_core.builders import pieces
from tests.fuse_core.dense import normal, relative

WORDS = tuple(a + b for a in "abcdefghij" for b in "klmnopqrst")  # 100 words of two letters
LONG = tuple(a + b for a, b in combinations(WORDS[:12], 2))  # of four
D_SRC, D_TGT = 6, 4


def ignore(share: float, what: str) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def shared() -> SharedWords:
    """Words of two letters are one token to both models; of four, two tokens to the source and one to the target."""
    source, target = pieces([*WORDS, *LONG], 2), pieces([*WORDS, *LONG], 4)
    sides = (
        VocabularySide(source, normal(source.vocab_size, D_SRC, seed=1)),
        VocabularySide(target, normal(target.vocab_size, D_TGT, seed=2)),
    )
    corpus = Corpus("all", (*LONG, *WORDS), tuple(1.0 for _ in (*LONG, *WORDS)))
    return SharedWords.of(*sides, corpus, corpus, 1000, lambda progress: features(sides[0].table))


def features(table: torch.Tensor) -> torch.Tensor:
    """Stand in for hidden states: the embedding, and something that is not linear in it."""
    return torch.cat([table, table.square(), table[:, :1].sin()], dim=1)


def training_tables(shared: SharedWords) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings of the training words, looked up word by word."""
    words = [word for word in WORDS if not is_heldout(word)]
    x = [shared.source.table[shared.source.tokenizer.encode(word)[0]].numpy() for word in words]
    y = [shared.target.table[shared.target.tokenizer.encode(word)[0]].numpy() for word in words]
    return np.stack(x), np.stack(y)


def carried(shared: SharedWords, name: str, words=WORDS) -> np.ndarray:
    ids = torch.tensor([shared.source.tokenizer.encode(word)[0] for word in words])
    return KINDS[name].fit(shared, ignore).places(ids, ignore).numpy()


def table_rows(side: VocabularySide, words=WORDS) -> np.ndarray:
    return np.stack([side.table[side.tokenizer.encode(word)[0]].numpy() for word in words])


def test_there_are_at_least_six_and_each_says_what_it_is():
    assert list(KINDS)[:4] == ["pseudoinverse", "residual", "layers", "paper"]
    assert {"procrustes", "fvt", "omp", "relative", "trained"} < set(KINDS)
    assert all(kind.help and kind.formula and kind.label for kind in KINDS.values())


def test_shared_words_are_one_token_to_both_and_marked(shared):
    assert {row.word for row in shared.rows} == set(WORDS)
    assert [row.word for row in shared.training] == [word for word in WORDS if not is_heldout(word)]
    x, y = training_tables(shared)
    np.testing.assert_array_equal(shared.x, x)
    np.testing.assert_array_equal(shared.y, y)


def test_too_few_shared_words_are_refused(shared):
    corpus = Corpus("few", WORDS[:20], tuple(1.0 for _ in range(20)))
    with pytest.raises(UserError, match="share 20 words of one token to learn from; a comparison needs 32"):
        SharedWords.of(shared.source, shared.target, corpus, corpus, 1000)


@pytest.mark.parametrize("name", KINDS)
def test_held_out_words_take_no_part(shared, name):
    """Other vectors of held-out words in both tables change where no other word is carried."""
    before = carried(shared, name, [w for w in WORDS if not is_heldout(w)])
    tables = []
    for side in (shared.source, shared.target):
        table = side.table.clone()
        table[[side.tokenizer.encode(word)[0] for word in WORDS if is_heldout(word)]] = 1e3
        tables.append(VocabularySide(side.tokenizer, table))
    other = replace(shared, source=tables[0], target=tables[1], features=lambda p: features(tables[0].table))
    np.testing.assert_allclose(carried(other, name, [w for w in WORDS if not is_heldout(w)]), before, atol=1e-9)


class TestLinear:
    def test_pseudoinverse_is_ridge_regression_at_its_own_weight(self, shared):
        x, y = training_tables(shared)
        weight = KINDS["pseudoinverse"].fit(shared, ignore).facts["ridge"]
        m = np.linalg.solve(x.T @ x + weight * np.eye(D_SRC), x.T @ y)
        np.testing.assert_allclose(carried(shared, "pseudoinverse"), table_rows(shared.source) @ m, atol=1e-8)

    def test_layers_is_ridge_regression_on_the_features(self, shared):
        x, y = (t.numpy() for t in (features(torch.from_numpy(training_tables(shared)[0])), shared.y))
        weight = KINDS["layers"].fit(shared, ignore).facts["ridge"]
        m = np.linalg.solve(x.T @ x + weight * np.eye(x.shape[1]), x.T @ y)
        expected = features(torch.from_numpy(table_rows(shared.source))).numpy() @ m
        np.testing.assert_allclose(carried(shared, "layers"), expected, atol=1e-8)

    def test_layers_needs_a_source_that_has_them(self, shared):
        with pytest.raises(UserError, match="is no causal language model"):
            KINDS["layers"].fit(replace(shared, features=None), ignore)

    def test_paper_is_the_pseudoinverse_of_first_tokens_of_random_words(self, shared):
        """All words of the corpus are drawn, for there are fewer than the recipe wants: their order does not matter."""
        words = [word for word in (*LONG, *WORDS) if not is_heldout(word)]
        x = np.stack([shared.source.table[shared.source.tokenizer.encode(word)[0]].numpy() for word in words])
        y = np.stack([shared.target.table[shared.target.tokenizer.encode(word)[0]].numpy() for word in words])
        expected = table_rows(shared.source) @ (np.linalg.pinv(x) @ y)
        np.testing.assert_allclose(carried(shared, "paper"), expected, atol=1e-8)

    def test_paper_draws_at_random_and_the_same_every_time(self, shared):
        drawn = [row.word for row in paper.random_rows(shared, 40)]
        assert drawn == [row.word for row in paper.random_rows(shared, 40)]
        assert len(set(drawn)) == 40
        assert 10 < len(set(drawn) & set(LONG)) < 35
        assert drawn != sorted(drawn, key=shared.corpus.words.index)

    def test_trained_converges_to_the_least_squares_solution_from_any_start(self, shared):
        x, y = training_tables(shared)
        best = torch.from_numpy(np.linalg.lstsq(x, y, rcond=None)[0])
        for seed in (0, 1):
            trained = train(torch.from_numpy(x), torch.from_numpy(y), ignore, seed=seed)
            assert trained.gradient <= 1e-6
            assert 10 < trained.iterations < 500
            assert relative(trained.m, best) < 1e-5
        np.testing.assert_allclose(carried(shared, "trained"), table_rows(shared.source) @ best.numpy(), atol=1e-5)

    def test_training_converges_on_an_ill_conditioned_table_too(self):
        x = normal(200, 8, seed=3) * torch.logspace(0, -2, 8, dtype=torch.float64)  # condition number 10,000
        y = normal(200, 3, seed=4)
        trained = train(x, y, ignore, tolerance=1e-9)
        assert trained.gradient <= 1e-9
        assert relative(trained.m, torch.linalg.lstsq(x, y).solution) < 1e-4

    def test_training_can_be_cancelled(self, shared):
        def cancel(share, what):
            raise Cancelled

        with pytest.raises(Cancelled):
            train(shared.x, shared.y, cancel)


class TestProcrustes:
    @pytest.mark.parametrize(("d_src", "d_tgt"), [(5, 5), (7, 4), (4, 7)])
    def test_it_recovers_a_rotation_and_a_scale_between_spaces_of_one_width(self, d_src, d_tgt):
        """Of different widths: the data fill a subspace of the smaller one's, turned at random in the larger."""
        width = min(d_src, d_tgt)
        inside = normal(60, width, seed=1)
        inside = inside - inside.mean(0)
        into, out = (torch.linalg.qr(normal(d, d, seed=k)).Q[:width] for k, d in ((2, d_src), (3, d_tgt)))
        x, y = inside @ into, 2.5 * inside @ out
        m = procrustes(x, y)
        assert relative(x @ m, y) < 1e-10
        np.testing.assert_allclose(torch.linalg.svdvals(m)[:width], 2.5)

    def test_no_other_rotation_and_scale_is_nearer(self):
        x, y = normal(40, 3, seed=5), normal(40, 3, seed=6)
        x, y = x - x.mean(0), y - y.mean(0)
        best = float((x @ procrustes(x, y) - y).norm())
        for seed in range(200):
            turned = x @ torch.linalg.qr(normal(3, 3, seed=seed)).Q
            scale = float((turned * y).sum() / turned.square().sum())
            assert best <= float((scale * turned - y).norm()) + 1e-12

    def test_the_kind_maps_mean_to_mean(self, shared):
        x, y = training_tables(shared)
        m = procrustes(torch.from_numpy(x - x.mean(0)), torch.from_numpy(y - y.mean(0))).numpy()
        expected = (table_rows(shared.source) - x.mean(0)) @ m + y.mean(0)
        np.testing.assert_allclose(carried(shared, "procrustes"), expected, atol=1e-10)


def greedy(e: np.ndarray, anchors: np.ndarray, atoms: int) -> tuple[list[int], np.ndarray]:
    """Orthogonal matching pursuit of one vector by its definition."""
    chosen: list[int] = []
    rest, weights = e, np.zeros(0)
    for _ in range(atoms):
        closeness = [0 if k in chosen else abs(rest @ a) / np.linalg.norm(a) for k, a in enumerate(anchors)]
        chosen.append(int(np.argmax(closeness)))
        weights = np.linalg.lstsq(anchors[chosen].T, e, rcond=None)[0]
        rest = e - weights @ anchors[chosen]
    return chosen, weights


class TestOmp:
    def test_it_equals_a_greedy_search_one_by_one(self):
        x, anchors = normal(7, 6, seed=1), normal(30, 6, seed=2)
        chosen, weights = sparse_code(x, anchors, 4)
        for k, e in enumerate(x.numpy()):
            expected, values = greedy(e, anchors.numpy(), 4)
            assert chosen[k].tolist() == expected
            np.testing.assert_allclose(weights[k], values, atol=1e-7)

    def test_an_anchor_is_itself_and_equal_anchors_do_no_harm(self):
        anchors = normal(12, 5, seed=3)
        anchors[1] = anchors[0]
        chosen, weights = sparse_code(anchors, anchors, 3)
        assert torch.isfinite(weights).all()
        np.testing.assert_allclose((weights.unsqueeze(1) @ anchors[chosen]).squeeze(1), anchors, atol=1e-6)

    def test_the_kind_recombines_in_the_target(self, shared, monkeypatch):
        monkeypatch.setattr(omp, "ATOMS", 3)
        x, y = training_tables(shared)
        expected = []
        for e in table_rows(shared.source):
            chosen, weights = greedy(e, x, 3)
            expected.append(weights @ y[chosen])
        np.testing.assert_allclose(carried(shared, "omp"), expected, atol=1e-7)

    def test_more_atoms_than_words_are_as_many_as_there_are(self):
        chosen, _ = sparse_code(normal(2, 9, seed=1), normal(3, 9, seed=2), 8)
        assert chosen.shape == (2, 3)


class TestRelative:
    def test_it_is_what_its_formula_says(self, shared):
        from fuse_core.adapter.kinds.relative import TEMPERATURE

        x, y = training_tables(shared)
        expected = []
        for e in table_rows(shared.source):
            moved, anchors = e - x.mean(0), x - x.mean(0)
            cosines = [moved @ a / np.linalg.norm(moved) / np.linalg.norm(a) for a in anchors]
            weights = np.exp(np.array(cosines) / TEMPERATURE)
            expected.append(weights @ y / weights.sum())
        np.testing.assert_allclose(carried(shared, "relative"), expected, atol=1e-9)

    def test_no_rotation_shift_or_scale_of_the_source_changes_it(self):
        x, y, e = normal(20, 5, seed=1), normal(20, 3, seed=2), normal(4, 5, seed=3)
        turn, shift = torch.linalg.qr(normal(5, 5, seed=4)).Q, normal(1, 5, seed=5)
        moved = [3.0 * t @ turn + shift for t in (e, x)]
        torch.testing.assert_close(relative_combination(*moved, y), relative_combination(e, x, y))
        assert relative(relative_combination(e @ turn, x, y), relative_combination(e, x, y)) > 0.01


def test_residual_adds_half_of_what_the_linear_map_misses_nearby(shared):
    x, y = training_tables(shared)
    weight = KINDS["pseudoinverse"].fit(shared, ignore).facts["ridge"]
    m = np.linalg.solve(x.T @ x + weight * np.eye(D_SRC), x.T @ y)
    expected = []
    for e in table_rows(shared.source):
        moved, anchors = e - x.mean(0), x - x.mean(0)
        weights = np.exp(anchors @ moved / np.linalg.norm(anchors, axis=1) / np.linalg.norm(moved) / 0.03)
        expected.append(e @ m + 0.5 * weights @ (y - x @ m) / weights.sum())
    np.testing.assert_allclose(carried(shared, "residual"), expected, atol=1e-8)


def test_fvt_is_the_mean_over_the_tokens_text():
    """``ab`` and ``cd`` are tokens of the source; the target cuts them into letters."""
    source, target = pieces(["ab", "cd"], 2), pieces(["ab", "cd"], 1)
    s_table, t_table = normal(source.vocab_size, 3, seed=1), normal(target.vocab_size, 2, seed=2)
    corpus = Corpus("none", (), ())
    shared = SharedWords(VocabularySide(source, s_table), VocabularySide(target, t_table), (), corpus)
    found = carried(shared, "fvt", ["ab", "cd"])
    letters = {c: t_table[target.encode(c)[0]].numpy() for c in "abcd"}
    np.testing.assert_allclose(found, [(letters["a"] + letters["b"]) / 2, (letters["c"] + letters["d"]) / 2])


ZERO = """
from fuse_core.adapter.kinds.kind import AdapterKind, Carrier

def fit(shared, progress):
    return Carrier(lambda ids: shared.y[:1].expand(len(ids), -1), 0)


KIND = AdapterKind("zero", "zero", "Nothing.", ("0",), fit)
"""


def test_a_kind_is_one_file(shared, tmp_path: Path, monkeypatch):
    (tmp_path / "zero_of_a_test.py").write_text(ZERO, "utf-8")
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    assert "zero" in KINDS
    assert carried(shared, "zero").shape == (len(WORDS), D_TGT)
    monkeypatch.undo()
    assert "zero" not in KINDS
