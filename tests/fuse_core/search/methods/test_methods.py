"""GCG, PEZ and random search on tiny models, and what every method has to keep to."""

from __future__ import annotations

import copy
import dataclasses
from itertools import pairwise

import pytest
import torch

from fuse_core.common.errors import UserError
from fuse_core.common.rank_correlation import spearman
from fuse_core.objective.losses.loss import LOSSES
from fuse_core.search.config import CaptionConfig
from fuse_core.search.config_fields import own_options
from fuse_core.search.methods.prompt_gradient import carried_gradient, replacement_scores
from fuse_core.search.methods.registry import METHODS, idle_note, start_step, take_step
from fuse_core.search.problem import Problem, caption_problem
from fuse_core.search.records import Beam, Step
from tests.fuse_core import tiny_models
from tests.fuse_core.exact import check_exact
from tests.fuse_core.tiny_models import settings_for

PICTURE = tiny_models.picture()
IN_PLACE = ("gcg", "pez", "random")
every_method = pytest.mark.parametrize("method", METHODS)
in_place = pytest.mark.parametrize("method", IN_PLACE)


def problem_with(**settings) -> Problem:
    unit = {"unit": "word"} if settings.get("guidance") == "words" else {}  # it proposes no tokens
    settings = {"length": 4, "candidates": 12, "beams": 2, "top_k": 8, **unit, **settings}
    return caption_problem(tiny_models.shared_library(), settings_for(**settings), PICTURE)


def run(problem: Problem, count: int) -> list[Step]:
    steps = [start_step(problem)]
    for index in range(1, count + 1):
        steps.append(take_step(problem, steps[-1], index))
    return steps


def untimed(steps: list[Step]) -> list[Step]:
    return [dataclasses.replace(step, seconds=0.0) for step in steps]


def test_autodan_starts_empty_and_the_others_with_a_prompt_that_is_judged():
    assert start_step(problem_with(method="autodan")) == Step(0, (Beam(),))
    for method in IN_PLACE:
        problem = problem_with(method=method)
        (beam,) = start_step(problem).beams
        assert problem.objective.language.model.tokenizer.encode(beam.text) == list(beam.ids)
        assert len(beam.ids) == len(beam.text.split()) == 4
        total, losses = problem.objective.evaluate([beam.text])
        assert beam.objective == pytest.approx(float(total[0]))
        assert beam.losses == pytest.approx({name: float(values[0]) for name, values in losses.items()})
    (beam,) = start_step(problem_with(method="gcg", start="a small dog")).beams
    assert beam.text == " a small dog"


@in_place
def test_the_seed_and_the_pinned_and_banned_words_make_the_random_start(method):
    texts = [start_step(problem_with(method=method, seed=seed)).beams[0].text for seed in (0, 0, 1)]
    assert texts[0] == texts[1] != texts[2]
    gone = texts[0].split()[0].lower()
    (beam,) = start_step(problem_with(method=method, pinned=("dog",), banned=(gone,))).beams
    assert "dog" in beam.text.split()
    assert gone not in beam.text.lower().split()
    assert len(beam.ids) == 4
    with pytest.raises(UserError, match="start prompt 'a cat' lacks a pinned word"):
        start_step(problem_with(method=method, pinned=("dog",), start="a cat"))


GUIDED = [
    {"method": method, "guidance": guidance}
    for method in METHODS
    if "guidance" in own_options(method)
    for guidance in own_options(method)["guidance"].choices
]


@pytest.mark.parametrize("settings", [*GUIDED, {"method": "random"}], ids=lambda s: "-".join(s.values()))
def test_every_candidate_has_the_objective_of_its_text_from_scratch(settings):
    problem = problem_with(**settings)
    steps = run(problem, 2)[1:]
    assert any(step.candidates for step in steps)
    for step in steps:
        assert step.evaluations == len(step.candidates)
        if step.candidates:
            check_exact(problem, step)
        encode = problem.objective.language.model.tokenizer.encode
        assert all(tuple(encode(beam.text)) == beam.ids for beam in step.beams)


@in_place
def test_the_objective_never_rises_and_the_length_is_kept(method):
    steps = run(problem_with(method=method, seed=2), 6)  # seed 0 happens to draw a start that few prompts beat
    best = [step.beams[0].objective for step in steps]
    assert best == sorted(best, reverse=True)
    assert best[-1] < best[0]
    assert {len(beam.ids) for step in steps for beam in step.beams} == {4}


def test_a_step_that_finds_no_new_prompt_says_so_and_what_to_do():
    problem = problem_with(method="random", norm="l2", radius=1e-3)
    start, idle = run(problem, 1)
    assert (start.is_idle, idle.is_idle) == (False, True)
    assert idle.beams == start.beams
    assert idle_note(idle, "random") == "No new prompt was found. Raise the radius or the number of candidates."
    found = run(problem_with(method="random"), 1)[1]
    assert [idle_note(step, "random") for step in (start, found)] == ["", ""]


def test_every_method_says_what_to_do_then():
    assert all(method.when_idle.endswith(".") for method in METHODS.values())


@every_method
def test_a_run_is_repeatable_and_depends_on_the_seed(method):
    first, second = (untimed(run(problem_with(method=method, guidance="random"), 3)) for _ in range(2))
    assert first == second
    other = untimed(run(problem_with(method=method, guidance="random", seed=1), 3))
    assert first != other


@every_method
@pytest.mark.parametrize("loss", [name for name in LOSSES if name != "nll"])
def test_every_method_goes_with_every_loss_of_the_language_model(method, loss):
    problem = problem_with(method=method, lm_loss=loss, lm_text=" runs in the park")
    step = run(problem, 2)[-1]
    total, losses = problem.objective.evaluate([beam.text for beam in step.beams])
    assert [beam.objective for beam in step.beams] == pytest.approx(total.tolist(), abs=1e-4)
    name = problem.objective.language.name
    assert [beam.losses[name] for beam in step.beams] == pytest.approx(losses[name].tolist(), abs=1e-4)


class TestGradients:
    def test_the_carried_gradient_is_the_language_models_and_the_pulled_one(self):
        text = " a small dog runs"
        parts = {}
        for guidance in ("lm", "fuse"):
            problem = problem_with(method="gcg", guidance=guidance)
            ids = tuple(problem.objective.language.model.tokenizer.encode(text))
            parts[guidance] = carried_gradient(problem, ids, text)
        (gradient,) = problem.objective.targets[0].gradients([text])
        for place, g in enumerate(gradient.of_prompt):  # four words of one source token each
            pulled = problem.carried[0].adapter.vjp_words(g, 1)
            expected = parts["lm"][place] + (0.0 if pulled is None else pulled[0, :, 0])
            torch.testing.assert_close(parts["fuse"][place], expected, atol=1e-4, rtol=1e-4)

    def test_what_a_token_is_worth_as_a_label_is_the_hidden_state_that_predicts_it(self):
        """Exactly, for a model with one table for input and output: log p(v) = h·E_v - log Z."""
        problem = problem_with(method="pez", guidance="lm")
        language, text = problem.objective.language, " a small dog runs"
        ids = language.model.tokenizer.encode(text)
        read = torch.tensor([[*language.context(), *ids]])
        network = language.model.network
        hidden = network(input_ids=read, output_hidden_states=True).hidden_states[-1][0, -5:-1]
        own = language.gradient(ids)
        as_label = carried_gradient(problem, tuple(ids), text) - own.inputs
        torch.testing.assert_close(as_label, -language.weight * hidden / 4, atol=1e-4, rtol=1e-3)

    def test_replacement_scores_are_the_fall_of_the_objective_of_mixtures(self):
        """Against finite differences: a place holds a little of another token, as input and as label."""
        problem = problem_with(method="gcg", guidance="lm", lm_weight=2.0)
        language, text = problem.objective.language, " a small dog"
        ids = tuple(language.model.tokenizer.encode(text))
        scores = replacement_scores(problem, ids, text).double()
        table = language.model.embedding_table
        network = copy.deepcopy(language.model.network).double()
        context = language.context()

        def objective(place: int, token: int, share: float) -> float:
            tokens = torch.nn.functional.one_hot(torch.tensor([*context, *ids]), len(table)).double()
            tokens[len(context) + place] *= 1 - share
            tokens[len(context) + place, token] += share
            log_probs = network(inputs_embeds=(tokens @ table.double())[None]).logits[0].log_softmax(-1)
            return -2.0 * float((tokens[-3:] * log_probs[-4:-1]).sum()) / 3

        for place, token in ((0, 500), (1, 11), (2, 5000)):
            with torch.no_grad():
                slope = (objective(place, token, 1e-4) - objective(place, token, -1e-4)) / 2e-4
            promised = float(scores[place, token] - scores[place, ids[place]])
            assert promised == pytest.approx(-slope, rel=1e-3, abs=1e-4)

    def test_replacement_scores_rank_real_swaps_by_their_true_fluency(self):
        problem = problem_with(method="gcg", guidance="lm", image_weight=0.0)
        language, text = problem.objective.language, " a small dog runs in"
        ids = tuple(language.model.tokenizer.encode(text))
        scores = replacement_scores(problem, ids, text)
        tokens = problem.projection.ids[:: len(problem.projection.ids) // 80].tolist()
        for place in range(len(ids)):
            truth = language.losses([(*ids[:place], token, *ids[place + 1 :]) for token in tokens])
            assert spearman(scores[place, tokens].numpy(), -truth.numpy()) > 0.6

    @pytest.mark.parametrize(("text", "place"), [(" a kookaburra", 1), (" a sailboat today", 2), (" a dog", 1)])
    def test_the_targets_own_scores_are_the_fall_of_its_loss_where_every_slot_of_the_word_changes(self, text, place):
        """Against finite differences: a word is the mean of its source tokens' rows, in each of its target slots."""
        problem, alone = (problem_with(method="gcg", guidance=guidance) for guidance in ("target", "lm"))
        (route,), (term,) = problem.routes, problem.objective.targets
        source = problem.objective.language.model.tokenizer
        ids = tuple(source.encode(text))
        more = replacement_scores(problem, ids, text) - replacement_scores(alone, ids, text)
        words = source.split_continuation(text)
        (word,) = [k for k, w in enumerate(words) if place < sum(len(v.ids) for v in words[: k + 1])][:1]
        count = len(words[word].ids)
        model = copy.deepcopy(term.model)
        model.network.double()
        around = [model.tokenizer.encode(part) for part in (term.text(text[: words[word].span[0]]), words[word].text)]
        rest = model.tokenizer.encode(text[words[word].span[1] :])
        ids_t = torch.tensor([*around[0], *around[1], *rest])
        slots = slice(len(around[0]), len(around[0]) + len(around[1]))

        def loss(token: int, share: float) -> float:
            x = model.embedding_table[ids_t].clone()
            x[slots] += share * (route.table[token] - route.table[ids[place]]).double() / count
            return term.weight * float(1 - model.encode_embeddings([x])[0] @ term.image.double())

        for token in (500, 5000):
            slope = (loss(token, 1e-4) - loss(token, -1e-4)) / 2e-4
            assert float(more[place, token] - more[place, ids[place]]) == pytest.approx(-slope, rel=2e-3, abs=2e-3)


class TestGcg:
    def test_candidates_differ_from_a_beam_in_one_allowed_token(self):
        problem = problem_with(method="gcg")
        before, step = run(problem, 2)[1:]
        for candidate in step.candidates:
            ids = problem.objective.language.model.tokenizer.encode(candidate.text)
            parent = before.beams[candidate.parent].ids
            changed = [k for k, (a, b) in enumerate(zip(parent, ids, strict=True)) if a != b]
            assert len(changed) == 1
            assert ids[changed[0]] == candidate.token_id
            assert bool(problem.vocabulary.allowed[candidate.token_id])
        assert step.evaluations <= 2 * 12


class TestPez:
    def test_the_soft_prompt_is_remembered_and_moves_every_step(self):
        problem = problem_with(method="pez", rate=0.5, moves=1)
        first, second = run(problem, 2)[1:]
        width = problem.objective.language.model.embedding_table.shape[1]
        assert len(first.soft_prompt) == len(second.soft_prompt) == 4 * width
        moved = torch.tensor(second.soft_prompt).view(4, width) - torch.tensor(first.soft_prompt).view(4, width)
        reach = 0.5 * float(problem.projection.rows.norm(dim=1).mean())
        torch.testing.assert_close(moved.norm(dim=1), torch.full((4,), reach), atol=1e-4, rtol=1e-3)

    def test_moves_in_one_step_are_the_moves_of_as_many_steps(self):
        once, apart = (run(problem_with(method="pez", moves=m), n) for m, n in ((3, 1), (1, 3)))
        torch.testing.assert_close(torch.tensor(once[-1].soft_prompt), torch.tensor(apart[-1].soft_prompt))
        seen = {c.text for step in apart[1:] for c in step.candidates}
        assert {c.text for c in once[1].candidates} == seen
        assert len(seen) > 1

    def test_pinned_words_stay_and_the_others_move(self):
        problem = problem_with(method="pez", start="a small dog runs", pinned=("dog",))
        found = [c.text.split() for step in run(problem, 3)[1:] for c in step.candidates]
        assert found
        assert all(words[2] == "dog" for words in found)
        assert any(words[1] != "small" for words in found)

    def test_a_random_direction_replaces_the_gradient_and_the_targets_own_is_refused(self):
        blind, guided = (run(problem_with(method="pez", guidance=g), 1)[1] for g in ("random", "fuse"))
        assert blind.soft_prompt != guided.soft_prompt
        with pytest.raises(
            UserError, match="'guidance' must be one of fuse, lm, random for the method pez, got 'target'"
        ):
            problem_with(method="pez", guidance="target")

    def test_tokens_are_their_own_projection(self):
        problem = problem_with(method="pez")
        some = problem.projection.ids[:5]
        assert problem.projection.nearest(problem.projection.rows[:5] * 3.0) == tuple(some.tolist())


class TestRandom:
    @pytest.mark.parametrize("radius", [1.0, 3.0])
    def test_the_l0_ball_changes_so_many_tokens_at_most(self, radius):
        problem = problem_with(method="random", radius=radius)
        start, step = run(problem, 1)
        encode = problem.objective.language.model.tokenizer.encode
        for candidate in step.candidates:
            differing = sum(a != b for a, b in zip(start.beams[0].ids, encode(candidate.text), strict=True))
            assert 1 <= differing <= radius

    def test_a_small_l2_ball_holds_nothing_but_the_prompt_itself(self):
        assert run(problem_with(method="random", ball="l2", radius=1e-3), 1)[1].candidates == ()
        assert run(problem_with(method="random", ball="l2", radius=2.0), 1)[1].candidates

    def test_the_default_radius_is_that_of_the_norm_and_a_given_one_stays(self):
        radii = [
            CaptionConfig(method="random", **given).as_dict()["radius"]
            for given in ({}, {"norm": "l2"}, {"norm": "l2", "radius": 1.0}, {"norm": "l2", "radius": None})
        ]
        assert radii == [1.0, 3.0, 1.0, 3.0]


class TestUniformCost:
    def test_the_cheapest_prompts_are_extended_whatever_their_length(self):
        problem = problem_with(search="uniform-cost", candidates=6)
        steps = run(problem, 4)
        for before, step in pairwise(steps[1:]):
            extended = {before.beams[c.parent].text for c in step.candidates}
            assert extended <= {beam.text for beam in before.beams[:2]}
            assert not extended & {beam.text for beam in step.beams}
            assert {beam.text for beam in before.beams[2:]} <= {b.text for b in step.beams} or len(step.beams) == 8
            assert [b.objective for b in step.beams] == sorted(b.objective for b in step.beams)

    def test_a_candidate_is_kept_where_it_became_a_beam(self):
        for step in run(problem_with(search="uniform-cost", candidates=6), 5)[1:]:
            beams = {beam.text for beam in step.beams}
            assert [c.kept for c in step.candidates] == [c.text in beams for c in step.candidates]

    def test_it_goes_with_autodan_alone(self):
        with pytest.raises(
            UserError, match="'search' must be one of beam, greedy for the method gcg, got 'uniform-cost'"
        ):
            CaptionConfig(method="gcg", search="uniform-cost")


def test_a_loss_that_needs_a_text_asks_for_it():
    with pytest.raises(UserError, match="'lm_text' is empty, and the loss kl_reference needs a text"):
        CaptionConfig(lm_loss="kl_reference")


@in_place
def test_a_start_longer_than_the_language_models_context_is_refused(method):
    """The image-text model reads 77 tokens, the language model, with positions it has learned, 64."""
    with pytest.raises(UserError, match="longer than a model's context"):
        start_step(problem_with(method=method, start="dog " * 70))
