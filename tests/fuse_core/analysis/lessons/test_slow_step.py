from __future__ import annotations

import pytest
import torch

from fuse_core.analysis.comparison_record import read_record
from fuse_core.analysis.lessons import slow_step as lesson
from fuse_core.analysis.lessons.slow_step import beams_with, caption_setting, own_candidate, place, slow_step
from fuse_core.common.errors import UserError
from fuse_core.common.storage import assets_folder
from fuse_core.search.records import Beam
from tests.fuse_core import tiny_models


@pytest.fixture(scope="module")
def problem():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lesson, "SOURCE", tiny_models.CONFIG.source)
        patch.setattr(lesson, "TARGET", tiny_models.CONFIG.target)
        yield caption_setting(tiny_models.shared_library(), "cat")


@pytest.fixture(scope="module")
def first(problem):
    return slow_step(problem, [Beam()], 1)


def test_proposals_are_the_best_of_each_order_over_words(problem, first):
    language, vocabulary = problem.objective.language, problem.vocabulary
    words = (vocabulary.allowed & vocabulary.starts_word).nonzero()[:, 0]
    likely = language.next_log_probs([()])[0][words]
    raw = problem.scores([""])[0][words]
    z = (raw - raw.mean()) / raw.std(correction=0)
    for name, order in (("lm", likely), ("gradient", z), ("together", likely + first["weight"] * z)):
        best = [vocabulary.texts[words[k]].strip() for k in order.argsort(descending=True)[: lesson.SHOWN].tolist()]
        assert [row["token"] for row in first[name]] == best
        assert [row["together"] for row in first[name]] == pytest.approx(
            [row["log_prob"] + first["weight"] * row["score"] for row in first[name]], abs=5e-3
        )


def test_candidates_have_their_exact_objective(problem, first):
    texts = [text for text, _, _ in first["scored"][:5]]
    exact, _ = problem.objective.evaluate(texts)
    torch.testing.assert_close(torch.tensor([v for _, v, _ in first["scored"][:5]]).double(), exact, atol=2e-3, rtol=0)


def test_a_persons_word_is_scored_placed_and_kept_if_it_is_good(problem, first):
    own = own_candidate(problem, first, "  cheetah ")
    assert own.text == " cheetah"
    assert own.objective is not None
    assert own.objective == pytest.approx(float(problem.objective.evaluate([" cheetah"])[0]))
    assert place(first, own.objective) == 1 + sum(value < own.objective for _, value, _ in first["scored"])
    worst = max(beam["objective"] for beam in first["beams"])
    kept = [beam.text for beam in beams_with(first, own)]
    assert (own.text in kept) == (own.objective < worst)
    assert len(kept) == len(first["beams"])
    wins = Beam(own.ids, own.text, -1.0, own.losses, own.nll)
    assert slow_step(problem, beams_with(first, wins), 2)["before"] == " cheetah"


def test_no_word_and_a_step_too_many_are_refused(problem, first):
    with pytest.raises(UserError, match="no word yet"):
        own_candidate(problem, first, "  ")
    with pytest.raises(UserError, match="steps are taken"):
        slow_step(problem, [Beam()], problem.config.steps + 1)


def test_the_record_says_what_the_chapter_says():
    """Who is better, by the intervals of the recorded comparison."""
    record = read_record(assets_folder() / "recorded" / "compare.json")
    pairs = {(pair["first"], pair["second"]): pair["interval"] for pair in record["pairs"]}
    assert pairs["fuse", "lm"][1] < 0
    assert pairs["lm + words", "fuse"][1] < 0
    for same in (("target", "fuse"), ("fuse + words", "lm + words")):
        assert pairs[same][0] < 0 < pairs[same][1]
    assert len({arm["evaluations"] for arm in record["arms"].values()}) == 1
