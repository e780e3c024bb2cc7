from __future__ import annotations

import dataclasses
from collections import Counter

import pytest
import torch
import torch.nn.functional as F

from fuse_core.common.errors import UserError
from fuse_core.objective.language_term import LanguageTerm
from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.config_fields import own_options
from fuse_core.search.guidances.guidance import GUIDANCES
from fuse_core.search.methods.autodan import autodan_step
from fuse_core.search.methods.registry import start_step
from fuse_core.search.problem import Problem, caption_problem
from fuse_core.search.records import Beam, Step
from fuse_core.search.word_source import PULL
from fuse_core.search.word_table import TEMPLATE
from tests.fuse_core import tiny_models
from tests.fuse_core.exact import check_exact
from tests.fuse_core.recording import record_calls
from tests.fuse_core.steps import read_step
from tests.fuse_core.tiny_models import settings_for

PICTURE = tiny_models.picture()


def problem_with(image=PICTURE, library=None, **settings) -> Problem:
    config = settings_for(**{"unit": "word", **settings})
    return caption_problem(library or tiny_models.shared_library(), config, image)


def take(problem: Problem, count: int) -> list[Step]:
    steps = [start_step(problem)]
    for index in range(1, count + 1):
        steps.append(autodan_step(problem, steps[-1].beams, index))
    return steps


def untimed(steps: list[Step]) -> list[Step]:
    return [dataclasses.replace(step, seconds=0.0) for step in steps]


class TestScores:
    @pytest.mark.parametrize("suffix", ["", " in the rain"])
    @pytest.mark.parametrize("guidance", GUIDANCES)
    @pytest.mark.parametrize("unit", ["word", "both"])
    def test_every_candidate_has_the_objective_of_its_text_from_scratch(self, unit, guidance, suffix):
        problem = problem_with(unit=unit, guidance=guidance, suffix=suffix)
        for step in take(problem, 3)[1:]:
            check_exact(problem, step)

    def test_without_a_prefix_too(self):
        problem = problem_with(prefix="")
        for step in take(problem, 2)[1:]:
            check_exact(problem, step)

    def test_a_beam_grows_by_all_tokens_of_a_word_and_carries_their_likelihood(self):
        problem = problem_with(guidance="random", candidates=300, beams=32, lm_weight=0.0)
        language = problem.objective.language
        summed = LanguageTerm(language.model, prefix=language.prefix, kind="log_prob")
        grown = set()
        for step in take(problem, 3)[1:]:
            for beam in step.beams:
                assert language.model.tokenizer.encode(beam.text) == list(beam.ids)
                assert beam.nll == pytest.approx(float(summed.losses([beam.ids])[0]), abs=1e-4)
                grown.add(len(beam.ids) - step.index)
        assert max(grown) > 0

    def test_the_prompts_are_read_once_for_all_words(self):
        problem = problem_with(candidates=64)
        for step in take(problem, 3)[1:]:
            longer = [c for c in step.candidates if c.token_id is None]
            assert longer
            assert step.n_forward_passes == 2  # the prompts, and what their words add


class TestProposals:
    @pytest.mark.parametrize("guidance", GUIDANCES)
    def test_all_units_have_the_same_number_of_evaluations(self, guidance):
        units = own_options("autodan")["unit"].choices[guidance == "words" :]
        counts = {unit: [s.evaluations for s in take(problem_with(unit=unit, guidance=guidance), 3)] for unit in units}
        assert all(count == [0, 6, 18, 18] for count in counts.values())

    def test_a_word_candidate_tells_its_word_and_parent(self):
        problem = problem_with(candidates=60)
        steps = take(problem, 2)
        held = set(problem.word_source.table.corpus.words)
        for candidate in steps[2].candidates:
            assert candidate.text == steps[1].beams[candidate.parent].text + candidate.token
            assert candidate.token[0] == " "
            assert candidate.token[1:] in held
            ids = problem.objective.language.model.tokenizer.encode(candidate.token)
            assert candidate.token_id == (ids[0] if len(ids) == 1 else None)

    def test_both_kinds_share_the_candidates(self):
        problem = problem_with(unit="both", candidates=10, guidance="random")
        rare = problem.word_source.table.rows
        for step in take(problem, 2)[1:]:
            words = Counter(c.parent for c in step.candidates if c.token[1:] in rare)
            everything = Counter(c.parent for c in step.candidates)
            assert all(count == 10 for count in everything.values())
            assert all(count >= 5 for count in words.values())
            assert len(words) == len(everything)

    def test_words_rank_by_likelihood_and_the_cosine_of_prompt_and_word_with_the_picture(self):
        problem = problem_with(guidance_weight=2.0, suffix=" in the rain")
        source, term = problem.word_source, problem.objective.targets[0]
        tokenizer = term.tokenizer
        prompt = " a dog"
        (here,) = term.model.encode_ids([tokenizer.encode("An image of" + prompt + " in the rain")])
        texts = [TEMPLATE.format(word) for word in source.table.corpus.words]
        table = term.model.encode_ids(tokenizer.encode_batch(texts))
        cosines = F.normalize(here + PULL * table, dim=1) @ term.image
        z = (cosines - cosines.mean()) / cosines.std(correction=0)
        torch.testing.assert_close(source.scores([prompt])[0], z, atol=1e-3, rtol=1e-3)

    def test_a_classifiers_label_is_asked_for_along_with_the_picture(self):
        label = ClassifierConfig(label="positive", model="roberta-sentiment", weight=3.0, prefix="They say")
        problem = problem_with(classifiers=(label,), image_weight=5.0)
        (term,) = problem.objective.targets[1:]
        picture = problem.word_source.picture_estimates([" a dog"])[0]
        texts = [TEMPLATE.format(word) for word in problem.word_source.table.corpus.words]
        here, *words = term.model.encode_ids(term.tokenizer.encode_batch(["They say a dog", *texts])).exp()
        expected = []
        for cosine, word in zip(picture, words, strict=True):
            mean = (here * word**PULL) ** (1 / (1 + PULL))
            share = mean[term.model.labels.index("positive")] / mean.sum()
            expected.append(5.0 * float(cosine) + 3.0 * float(share.log()))
        z = torch.tensor(expected)
        z = (z - z.mean()) / z.std(correction=0)
        torch.testing.assert_close(problem.word_source.scores([" a dog"])[0], z, atol=1e-3, rtol=1e-3)

    def test_the_language_model_alone_does_not_look_at_the_picture(self, monkeypatch):
        ours = problem_with(guidance="lm", image_weight=0.0)
        other = problem_with(tiny_models.picture(7), guidance="lm", image_weight=0.0)
        assert ours.word_source.term is None
        encoded = record_calls(monkeypatch, ours.objective.targets[0].model, "encode_ids")
        step = take(ours, 1)[1]
        assert [len(ids) for (ids,) in encoded] == [step.evaluations]
        assert {c.score for c in step.candidates} == {0}
        assert [c.text for c in step.candidates] == [c.text for c in take(other, 1)[1].candidates]

    def test_words_without_a_gradient_are_those_of_fuse_and_the_tokens_those_of_the_language_model(self):
        found = {g: take(problem_with(unit="both", candidates=10, guidance=g), 1)[1] for g in ("words", "fuse", "lm")}
        held = set(problem_with().word_source.table.corpus.words)
        words = {g: {c.text for c in step.candidates if c.token[1:] in held} for g, step in found.items()}
        alone = take(problem_with(unit="word", candidates=5, guidance="fuse"), 1)[1]
        assert {c.text for c in alone.candidates} <= words["words"] & words["fuse"]
        tokens = {c.text for c in found["words"].candidates} - {c.text for c in alone.candidates}
        likely = take(problem_with(unit="token", candidates=10, guidance="lm"), 1)[1]
        assert len(tokens) == 5
        assert tokens <= {c.text for c in likely.candidates}

    def test_without_weight_the_picture_proposes_nothing(self):
        weightless, alone = take(problem_with(guidance_weight=0.0), 2), take(problem_with(guidance="lm"), 2)
        for a, b in zip(weightless, alone, strict=True):
            assert [c.text for c in a.candidates] == [c.text for c in b.candidates]

    def test_a_word_stands_once_in_a_prompt_unless_it_is_common(self):
        problem = problem_with(candidates=300, guidance="random")
        beam = Beam(
            tuple(problem.objective.language.model.tokenizer.encode(" the cheetah")), " the cheetah", 1.0, {}, 1.0
        )
        appended = {c.token for c in autodan_step(problem, [beam], 2).candidates}
        assert " the" in appended
        assert " cheetah" not in appended
        assert " espresso" in appended

    def test_texts_too_long_for_a_model_are_no_candidates(self):
        library = tiny_models.library(positions=14)
        problem = problem_with(library=library, guidance="random", steps=5, candidates=40, lm_weight=0.0)
        term = problem.objective.targets[0]
        for step in take(problem, 5)[1:]:
            lengths = [len(i) + 2 for i in term.tokenizer.encode_batch([term.text(c.text) for c in step.candidates])]
            assert max(lengths) < 14

    def test_prompts_keep_within_the_language_models_context(self):
        problem = problem_with(prefix="word " * 57 + "of", image_prefix="An image of", steps=3, guidance="random")
        language = problem.objective.language
        for step in take(problem, 3)[1:]:
            assert step.candidates
            assert all(language.fits([beam.ids]) == [True] for beam in step.beams)

    def test_banned_words_are_not_proposed(self):
        step = take(problem_with(candidates=300, guidance="random", banned=("cheetah",)), 1)[1]
        assert " cheetah" not in {c.token for c in step.candidates}


class TestRuns:
    @pytest.mark.parametrize("unit", own_options("autodan")["unit"].choices)
    @pytest.mark.parametrize("guidance", GUIDANCES)
    def test_a_run_is_repeatable(self, unit, guidance):
        if (unit, guidance) == ("token", "words"):
            with pytest.raises(UserError, match="the unit token appends none"):
                problem_with(unit=unit, guidance=guidance)
            return
        problem = problem_with(unit=unit, guidance=guidance)
        assert untimed(take(problem, 3)) == untimed(take(problem, 3))

    def test_the_seed_and_the_step_fix_random_words(self):
        def texts(seed):
            return [[c.text for c in s.candidates] for s in take(problem_with(guidance="random", seed=seed), 2)]

        assert texts(1) == texts(1)
        assert texts(1) != texts(2)

    def test_tokens_alone_need_no_words(self):
        assert problem_with(unit="token").word_source is None
        assert problem_with(method="gcg").word_source is None

    def test_a_step_goes_to_json_and_back(self):
        step = take(problem_with(candidates=60), 1)[1]
        assert any(c.token_id is None for c in step.candidates)
        assert read_step(step.as_dict()) == step
