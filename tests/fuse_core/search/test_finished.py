"""Prompts judged together with an end after them."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch

from fuse_core.common.errors import UserError
from fuse_core.search.config import CaptionConfig
from fuse_core.search.early_stop import PATIENCE, best_stands
from fuse_core.search.ending_choice import ends_freely
from fuse_core.search.finished import finish, may_end
from fuse_core.search.methods.autodan import autodan_step
from fuse_core.search.methods.proposal import usable_continuations
from fuse_core.search.methods.registry import start_step
from fuse_core.search.problem import Problem, caption_problem
from fuse_core.search.records import Beam, Step
from fuse_core.search.replay import replay
from fuse_core.search.run_progress import best_beam, is_over
from fuse_core.search.saved_session import SavedSession
from fuse_core.search.session import Session
from fuse_core.words.repetition import repetitions
from tests.fuse_core import tiny_models
from tests.fuse_core.exact import check_finished, spelled
from tests.fuse_core.tiny_models import CONFIG

PICTURE = tiny_models.picture()
FREE = CONFIG.changed(ending="free", unit="both", candidates=20)
BANNED_ENDS = ["the", "of", "with", "and", "is", "my", "which"]


def problem_with(**settings) -> Problem:
    return caption_problem(tiny_models.shared_library(), FREE.changed(**settings), PICTURE)


def take(problem: Problem, count: int) -> list[Step]:
    steps = [start_step(problem)]
    for index in range(1, count + 1):
        steps.append(autodan_step(problem, steps[-1].beams, index))
    return steps


def lengthens(problem: Problem, text: str) -> float:
    """Probability that a letter comes next, by the full model."""
    language = problem.objective.language
    tokenizer = language.model.tokenizer
    after = language.model.logits([[*language.context(), *tokenizer.encode(text)]])[0, -1].softmax(-1)
    return float(sum(after[k] for k, letters in enumerate(spelled(tokenizer)[:50256]) if letters[:1].isalpha()))


class TestObjective:
    @pytest.mark.parametrize("settings", [{}, {"prefix": ""}, {"unit": "token", "search": "uniform-cost"}])
    def test_it_is_that_of_the_text_with_an_end_from_scratch(self, settings):
        problem = problem_with(**settings)
        found = [beam for step in take(problem, 3) for beam in step.finished_prompts]
        assert len(found) > 3
        for beam in found:
            check_finished(problem, beam)

    def test_the_best_candidates_that_can_end_are_finished(self):
        problem = problem_with()
        for step in take(problem, 3)[1:]:
            able = [c.text for c in step.candidates if may_end(c.text)][: 2 * FREE.beams]
            assert {beam.text for beam in step.finished_prompts} == {t for t in able if lengthens(problem, t) < 0.5}
            objectives = [beam.objective or 0.0 for beam in step.finished_prompts]
            assert objectives == sorted(objectives)

    def test_half_a_word_is_none_though_word_lists_hold_it(self):
        problem, losses = problem_with(), {FREE.source: 1.0, FREE.target: 0.5}
        prompts = [Beam((1,), text, 12.0, losses, 1.0) for text in (" a es", " a cat")]
        log_probs = torch.full((2, 50257), -30.0)
        tokenizer = problem.vocabulary.tokenizer
        for row, (letter, stop) in enumerate([(0.6, 0.4), (0.4, 0.6)]):
            log_probs[row, tokenizer.encode("presso")[0]] = math.log(letter)
            log_probs[row, tokenizer.encode(".")[0]] = math.log(stop)
        (found,) = finish(problem, prompts, lambda chosen: log_probs[chosen])
        assert (found.text, found.nll) == (" a cat", pytest.approx(1.0 - math.log(0.6), abs=1e-4))

    def test_it_costs_one_forward_pass_and_changes_nothing_else(self):
        free, fixed = take(problem_with(unit="token"), 3), take(problem_with(unit="token", ending="fixed"), 3)
        assert [step.beams for step in free] == [step.beams for step in fixed]
        assert [step.candidates for step in free] == [step.candidates for step in fixed]
        extra = [a.n_forward_passes - b.n_forward_passes for a, b in zip(free, fixed, strict=True)]
        assert extra == [bool(step.finished_prompts) for step in free]
        assert not any(step.finished_prompts for step in fixed)


class TestEnds:
    def test_they_are_full_stops_line_breaks_and_end_of_text(self):
        vocabulary = problem_with().vocabulary
        ends, letters = (
            {vocabulary.tokenizer.token_name(k) for k in ids.tolist()} for ids in (vocabulary.ends, vocabulary.letters)
        )
        assert letters >= {"s", "ing", "A"}
        assert letters.isdisjoint({"Ġa", ".", "'s", "<|endoftext|>", "1"})
        assert ends >= {".", "Ċ", "<|endoftext|>", '."', "Ġ."}
        assert ends.isdisjoint({".com", "..", ",", "!", "a", "Ġ", ".,"})

    @pytest.mark.parametrize(
        "text", [" a cat", " the cat on it", " someone wearing a uniform", " a sports ball with a fielder's bat"]
    )
    def test_a_phrase_of_whole_words_may_end(self, text):
        assert may_end(text)

    @pytest.mark.parametrize(
        "text",
        ["", " a cat,", " a bird-", " a lion, insign", " the insign of a lion", " a ball b", " a b ball", " a dog's"]
        + [f" a cat {word}" for word in BANNED_ENDS],
    )
    def test_what_breaks_off_may_not(self, text):
        assert not may_end(text)


def test_no_candidate_says_a_word_twice_where_that_is_ruled_out():
    def texts(repeats):
        problem = problem_with(unit="token", repeats=repeats)
        few = torch.zeros_like(problem.vocabulary.allowed)
        few[problem.vocabulary.tokenizer.encode(" cat cats dog the")] = True
        narrow = dataclasses.replace(problem, vocabulary=dataclasses.replace(problem.vocabulary, allowed=few))
        return {c.text for step in take(narrow, 3)[2:] for c in step.candidates}

    allowed, never = texts("allowed"), texts("never")
    assert {text for text in allowed if not repetitions(text)} >= never > set()
    assert any(text.split().count("cat") > 1 for text in allowed)
    for text in never:
        assert len([word for word in text.split() if word.startswith("cat")]) <= 1
        assert text.split().count("dog") <= 1
    assert any(text.split().count("the") > 1 for text in never)


def test_a_prompt_that_says_a_word_twice_already_can_go_on():
    problem = problem_with(unit="token", repeats="never")
    text = " a cat, a cat"
    beam = Beam(ids=tuple(problem.vocabulary.tokenizer.encode(text)), text=text)
    pieces = [tuple(problem.vocabulary.tokenizer.encode(word)) for word in (" dog", " on", " cats")]
    assert [k for k, _, _ in usable_continuations(problem, beam, pieces)] == [0, 1]


@pytest.mark.parametrize(("prefix", "left"), [("A dog and", [1, 2]), ("My cat and", [0, 1]), ("The", [0, 1, 2])])
def test_what_the_prefix_says_is_said_already_but_not_what_examples_say(prefix, left):
    problem = problem_with(unit="token", repeats="never", prefix=prefix, examples="A dog and a cat.")
    pieces = [tuple(problem.vocabulary.tokenizer.encode(word)) for word in (" dog", " on", " cats")]
    assert [k for k, _, _ in usable_continuations(problem, Beam(ids=(), text=""), pieces)] == left


class TestChoice:
    @pytest.mark.parametrize("settings", [{"lm_loss": "log_prob"}, {"suffix": " in the rain"}])
    def test_where_no_end_can_be_scored_free_is_refused_and_auto_is_fixed(self, settings):
        with pytest.raises(UserError, match=r"'ending' cannot be 'free': .+\. Choose 'auto' or 'fixed'\."):
            CaptionConfig(ending="free", **settings)
        assert not ends_freely(CaptionConfig(ending="auto", **settings))
        assert ends_freely(CaptionConfig(ending="auto"))

    def test_methods_that_do_not_append_refuse_it(self):
        with pytest.raises(UserError, match="'ending' goes with the method autodan, not with gcg"):
            CaptionConfig(method="gcg", ending="free")
        assert not ends_freely(CaptionConfig(method="gcg"))


def step(index: int, *finished: float, edited: bool = False) -> Step:
    beams = (Beam((1,), f" beam {index}", 1.0),)
    prompts = tuple(Beam((1,), f" caption {index}", value) for value in finished)
    return Step(index, beams, finished_prompts=prompts, edited=edited)


class TestEarlyStop:
    def test_a_run_stops_when_its_best_caption_has_stood_long_enough(self):
        steps = [step(0), step(1, 9.0), step(2, 5.0, 6.0), step(3, 7.0), step(4)]
        assert PATIENCE == 3
        assert [best_stands(steps[:k], FREE) for k in range(1, 6)] == [False] * 5
        assert best_stands([*steps, step(5, 5.0)], FREE)
        assert not best_stands([*steps, step(5, 4.9)], FREE)
        assert is_over([*steps, step(5, 5.0)], FREE.changed(steps=20))

    def test_not_under_fixed_nor_before_there_is_one_nor_after_an_edit(self):
        steps = [step(0), step(1, 5.0), *(step(k) for k in range(2, 6))]
        assert best_stands(steps, FREE)
        assert not best_stands(steps, FREE.changed(ending="fixed"))
        assert not best_stands([step(k) for k in range(8)], FREE)
        assert not best_stands([*steps[:-1], step(5, edited=True)], FREE)

    def test_the_best_is_a_finished_one_though_a_beam_is_lower(self):
        assert best_beam([step(0), step(1)]).text == " beam 0"
        assert best_beam([step(0), step(1, 5.0), step(2, 4.0)]).text == " caption 2"


class TestSessions:
    def test_a_run_is_saved_with_its_finished_prompts_and_goes_on(self):
        library = tiny_models.shared_library()
        session = Session.start(library, FREE, PICTURE)
        list(session.run())
        best = min((b for s in session.steps for b in s.finished_prompts), key=lambda b: b.objective or 0.0)
        assert (session.best, session.caption) == (best, best.text.strip())
        again = Session.from_json(session.to_json(), library)
        assert again.steps == session.steps
        assert again.best == best

    def test_a_finished_prompt_of_a_file_needs_its_losses(self):
        session = Session.start(tiny_models.shared_library(), FREE, PICTURE)
        session.step()
        text = session.to_json()
        name = FREE.target
        at = text.index('"finished_prompts": [{')
        broken = text[:at] + text[at:].replace(f'"{name}"', '"other"', 1)
        with pytest.raises(UserError, match=r"'steps\[1\]\.finished_prompts\[0\]\.losses' lacks that of"):
            SavedSession.parse(broken)

    def test_a_prompt_written_by_hand_competes_as_a_finished_one(self):
        session = Session.start(tiny_models.shared_library(), FREE, PICTURE)
        assert [beam.text for beam in session.edit("a cat in a box").finished_prompts] == [" a cat in a box"]
        assert session.caption == "a cat in a box"
        assert not session.edit("a cat in a").finished_prompts
        by_step = autodan_step(session.problem, [Beam()], 1)
        for beam in by_step.finished_prompts[:2]:
            (written,) = session.edit(beam.text).finished_prompts
            assert written.objective == pytest.approx(beam.objective, abs=1e-4)

    def test_a_run_stops_early_and_steps_can_still_be_taken_by_hand(self, monkeypatch):
        session = Session.start(tiny_models.shared_library(), FREE.changed(steps=9), PICTURE)
        monkeypatch.setattr("fuse_core.search.early_stop.best_stands", lambda steps, config: len(steps) > 2)
        assert len(list(session.run())) == 2
        assert session.finished
        assert session.step().index == 3

    def test_it_comes_out_the_same_again(self):
        library = tiny_models.shared_library()
        session = Session.start(library, FREE, PICTURE)
        session.step()
        session.edit("a cat in a box")
        session.step()
        assert [found.same for found in replay(session, library)] == [True] * 3
        last = session.steps[-1]
        other = dataclasses.replace(last.finished_prompts[0], text=" another")
        session.steps[-1] = dataclasses.replace(last, finished_prompts=(other, *last.finished_prompts[1:]))
        assert [found.same for found in replay(session, library)] == [True, True, False]

    def test_it_may_begin_as_one_of_fixed_length(self):
        library = tiny_models.shared_library()
        session = Session.start(library, FREE.changed(ending="fixed"), PICTURE)
        beam = session.step().beams[0]
        assert session.best == beam
        session.change_search(library, FREE)
        assert session.step().finished_prompts
        assert session.best == session.steps[-1].finished_prompts[0]


def test_no_continuation_is_vulgar_unless_the_prompt_is():
    problem = problem_with(unit="token", repeats="allowed")
    pieces = [tuple(problem.vocabulary.tokenizer.encode(word)) for word in (" anus", " dog", " Bitches")]

    def usable(text: str) -> list[int]:
        beam = Beam(ids=tuple(problem.vocabulary.tokenizer.encode(text)), text=text)
        return [k for k, _, _ in usable_continuations(problem, beam, pieces)]

    assert usable(" a wolf's") == [1]
    assert usable(" a horny") == [0, 1, 2]


@pytest.mark.parametrize(("ending", "left"), [("free", [1, 2]), ("fixed", [0, 1, 2])])
def test_the_article_agrees_where_captions_are_phrases(ending, left):
    problem = problem_with(unit="token", repeats="allowed", ending=ending, prefix="This is a")
    pieces = [tuple(problem.vocabulary.tokenizer.encode(word)) for word in (" ant", " dog", " uniform")]
    assert [k for k, _, _ in usable_continuations(problem, Beam(ids=(), text=""), pieces)] == left
