from __future__ import annotations

import dataclasses
from collections import Counter

import pytest
import torch

from fuse_core.common.errors import UserError
from fuse_core.objective.image_term import ImageTerm
from fuse_core.search.config import PROBE_WORDS, CaptionConfig
from fuse_core.search.gradient_scores import standardise
from fuse_core.search.methods.autodan import autodan_step
from fuse_core.search.problem import Problem, caption_problem
from fuse_core.search.records import Beam, Step
from fuse_core.search.run_progress import best_beam
from tests.fuse_core import tiny_models
from tests.fuse_core.exact import check_exact
from tests.fuse_core.recording import check_second_step, record_calls
from tests.fuse_core.tiny_models import CONFIG, TOKEN_GUIDANCES

PICTURE = tiny_models.picture()
START = Step(0, (Beam(),))

CANDIDATES = CONFIG.as_dict()["candidates"]


def problem_with(**settings) -> Problem:
    return caption_problem(tiny_models.shared_library(), CONFIG.changed(**settings), PICTURE)


def take(problem: Problem, count: int) -> list[Step]:
    steps = [START]
    for index in range(1, count + 1):
        steps.append(autodan_step(problem, steps[-1].beams, index))
    return steps


def untimed(steps: list[Step]) -> list[Step]:
    return [dataclasses.replace(step, seconds=0.0) for step in steps]


def test_passes_of_another_run_on_the_shared_model_are_not_counted(monkeypatch):
    mine, other = problem_with(), problem_with()
    model = mine.objective.language.model
    assert other.objective.language.model is model
    read, interrupted = model.read, []

    def meanwhile(ids, counted):
        interrupted.append(other.objective.language.next_log_probs([()]))
        return read(ids, counted)

    monkeypatch.setattr(model, "read", meanwhile)
    assert autodan_step(mine, START.beams, 1).n_forward_passes == 1
    assert len(interrupted) == 1


class TestScores:
    @pytest.mark.parametrize("suffix", ["", " in the rain", "!"])
    @pytest.mark.parametrize("guidance", TOKEN_GUIDANCES)
    def test_every_candidate_has_the_objective_of_its_text_from_scratch(self, guidance, suffix):
        problem = problem_with(guidance=guidance, suffix=suffix)
        for step in take(problem, 3)[1:]:
            check_exact(problem, step)

    def test_without_a_prefix_too(self):
        problem = problem_with(prefix="")
        for step in take(problem, 2)[1:]:
            check_exact(problem, step)

    def test_candidates_are_ranked_by_objective_and_the_best_become_beams(self):
        for step in take(problem_with(), 3)[1:]:
            objectives = [c.objective for c in step.candidates]
            assert objectives == sorted(objectives)
            assert [c.kept for c in step.candidates] == [k < CONFIG.beams for k in range(len(step.candidates))]
            kept = [(c.text, c.objective, c.losses) for c in step.candidates if c.kept]
            assert [(b.text, b.objective, b.losses) for b in step.beams] == kept

    def test_a_beam_carries_its_ids_and_their_likelihood(self):
        problem = problem_with()
        tokenizer = problem.objective.language.model.tokenizer
        for step in take(problem, 3)[1:]:
            for beam in step.beams:
                assert len(beam.ids) == step.index
                assert tokenizer.encode(beam.text) == list(beam.ids)
                (mean,) = problem.objective.language.losses([beam.ids])
                assert beam.nll == pytest.approx(float(mean) * len(beam.ids), abs=1e-4)

    def test_a_candidate_tells_its_token_and_parent(self):
        steps = take(problem_with(), 2)
        for candidate in steps[2].candidates:
            assert candidate.text == steps[1].beams[candidate.parent].text + candidate.token
        log_probs = problem_with().objective.language.next_log_probs([b.ids for b in steps[1].beams])
        for candidate in steps[2].candidates:
            assert candidate.log_prob == pytest.approx(float(log_probs[candidate.parent, candidate.token_id]), abs=1e-5)

    def test_the_words_of_the_best_prompt_have_strengths(self):
        problem = problem_with()
        (_, step) = take(problem, 1)
        assert step.words == problem.word_strengths(step.beams[0].text)
        assert [w.text for w in step.words] == step.beams[0].text.split()


class TestProposals:
    @pytest.mark.parametrize("guidance", TOKEN_GUIDANCES)
    def test_texts_are_distinct_and_made_of_allowed_tokens(self, guidance):
        problem = problem_with(guidance=guidance)
        allowed, starts = problem.vocabulary.allowed, problem.vocabulary.starts_word
        for step in take(problem, 3)[1:]:
            texts = [c.text for c in step.candidates]
            assert len(set(texts)) == len(texts) == step.evaluations
            assert all(allowed[c.token_id] for c in step.candidates)
            if step.index == 1:
                assert all(starts[c.token_id] for c in step.candidates)
                assert len(texts) == CANDIDATES
            else:
                counts = Counter(c.parent for c in step.candidates)
                assert counts == dict.fromkeys(range(CONFIG.beams), CANDIDATES)

    def test_the_language_model_alone_proposes_its_likeliest_tokens(self):
        problem = problem_with(guidance="lm")
        (_, step) = take(problem, 1)
        (log_probs,) = problem.objective.language.next_log_probs([[]])
        usable = log_probs.masked_fill(~(problem.vocabulary.allowed & problem.vocabulary.starts_word), -torch.inf)
        assert {c.token_id for c in step.candidates} == set(usable.topk(CANDIDATES).indices.tolist())
        assert {c.score for c in step.candidates} == {0}

    @pytest.mark.parametrize("guidance", ["fuse", "target"])
    def test_a_gradient_proposes_by_likelihood_plus_weighted_z_score(self, guidance):
        problem = problem_with(guidance=guidance, guidance_weight=2.0)
        (_, step) = take(problem, 1)
        usable = problem.vocabulary.allowed & problem.vocabulary.starts_word
        z = standardise(problem.scores([""]), usable)[0]
        (log_probs,) = problem.objective.language.next_log_probs([[]])
        rank = (log_probs + 2.0 * z).masked_fill(~usable, -torch.inf)
        assert {c.token_id for c in step.candidates} == set(rank.topk(CANDIDATES).indices.tolist())
        for candidate in step.candidates:
            assert candidate.score == pytest.approx(float(z[candidate.token_id]), abs=1e-3)

    def test_a_gradient_never_speaks_for_a_token_that_lengthens_a_word(self):
        steps = take(problem_with(guidance_weight=0.0, candidates=200), 2)
        lengthening = [c for c in steps[2].candidates if not c.token.startswith(" ")]
        assert lengthening
        assert all(c.score <= 0 for c in lengthening)

    def test_a_gradient_without_weight_proposes_what_the_language_model_does(self):
        weightless, alone = take(problem_with(guidance_weight=0.0), 2), take(problem_with(guidance="lm"), 2)
        for a, b in zip(weightless, alone, strict=True):
            assert [c.text for c in a.candidates] == [c.text for c in b.candidates]

    def test_the_seed_and_the_step_fix_random_proposals(self):
        def texts(seed):
            return [[c.text for c in s.candidates] for s in take(problem_with(guidance="random", seed=seed), 2)]

        assert texts(1) == texts(1)
        assert texts(1) != texts(2)
        first, second = ({c.token_id for c in s.candidates} for s in take(problem_with(guidance="random"), 2)[1:])
        assert first.isdisjoint(second)

    def test_greedy_search_keeps_one_prompt(self):
        for step in take(problem_with(search="greedy"), 3)[1:]:
            assert len(step.beams) == 1
            assert len(step.candidates) <= CANDIDATES

    def test_more_candidates_than_tokens_are_all_the_tokens(self):
        problem = problem_with(candidates=50)
        few = torch.zeros_like(problem.vocabulary.allowed)
        few[problem.objective.language.model.tokenizer.encode(" cat dog rocket")] = True
        narrow = dataclasses.replace(problem, vocabulary=dataclasses.replace(problem.vocabulary, allowed=few))
        (_, first, second) = take(narrow, 2)
        assert {c.text for c in first.candidates} == {" cat", " dog", " rocket"}
        assert len(second.candidates) == 9

    def test_without_any_token_it_says_what_to_do(self):
        problem = problem_with(guidance="lm")
        none = dataclasses.replace(problem.vocabulary, allowed=torch.zeros_like(problem.vocabulary.allowed))
        with pytest.raises(UserError, match=r"No token can continue this prompt\. Go back a step"):
            autodan_step(dataclasses.replace(problem, vocabulary=none), START.beams, 1)

    def test_texts_too_long_for_the_image_text_model_are_no_candidates(self):
        """Many source tokens are several target tokens: a run that fits by its steps may still grow too long."""
        library = tiny_models.library(positions=14)
        config = CONFIG.changed(guidance="random", steps=5, candidates=40, lm_weight=0.0)
        problem = caption_problem(library, config, PICTURE)
        term = problem.objective.targets[0]
        for step in take(problem, 5)[1:]:
            lengths = [
                len(ids) + 2 for ids in term.tokenizer.encode_batch([term.text(c.text) for c in step.candidates])
            ]
            assert max(lengths) < 14


class TestCost:
    def test_a_step_of_4_beams_and_64_candidates_runs_one_language_model_forward_and_scores_each_text_once(
        self, monkeypatch, request
    ):
        problem = problem_with(beams=4, candidates=64)
        (_, first) = take(problem, 1)
        assert len(first.beams) == 4
        second = check_second_step(problem, first.beams, monkeypatch, request)
        assert 64 < second.evaluations <= 4 * 64

    def test_gradients_take_one_batch_for_proposals_and_one_for_the_words(self, monkeypatch):
        problem = problem_with()
        steps = take(problem, 1)
        calls = record_calls(monkeypatch, ImageTerm, "gradients")
        autodan_step(problem, steps[1].beams, 2)
        assert [len(prompts) for _, prompts in calls] == [CONFIG.beams * len(PROBE_WORDS), 1]

    def test_without_guidance_no_gradient_proposes(self, monkeypatch):
        problem = problem_with(guidance="lm")
        calls = record_calls(monkeypatch, ImageTerm, "gradients")
        take(problem, 1)
        assert [len(prompts) for _, prompts in calls] == [1]


class TestRuns:
    @pytest.mark.parametrize("guidance", TOKEN_GUIDANCES)
    def test_a_run_is_repeatable(self, guidance):
        problem = problem_with(guidance=guidance)
        assert untimed(take(problem, 3)) == untimed(take(problem, 3))

    def test_the_best_beam_is_the_lowest_of_all_steps(self):
        steps = [
            START,
            Step(1, (Beam((1,), "a", 3.0), Beam((2,), "b", 4.0))),
            Step(2, (Beam((1, 1), "c", 5.0),)),
        ]
        assert best_beam(steps).text == "a"
        assert best_beam([*steps, Step(3, (Beam((3,), "d", -1.0),))]).text == "d"
        assert best_beam([START]) == Beam()


@pytest.mark.models
def test_real_candidates_have_the_objective_of_their_text_from_scratch(library, pictures):
    problem = caption_problem(library, CaptionConfig(beams=2, candidates=16), pictures["cat"])
    for step in take(problem, 2)[1:]:
        check_exact(problem, step)
