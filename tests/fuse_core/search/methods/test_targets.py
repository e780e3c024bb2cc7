"""Several targets in one problem: each has an adapter of its own, and what they ask for adds up."""

from __future__ import annotations

import json

import pytest
import torch

from fuse_core.common.errors import UserError
from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.config import PROBE_WORDS, CaptionConfig
from fuse_core.search.methods.autodan import autodan_step
from fuse_core.search.problem import caption_problem, fit_options
from fuse_core.search.records import Beam, Step
from fuse_core.words.text_means import text_means
from tests.fuse_core import tiny_models
from tests.fuse_core.steps import read_step
from tests.fuse_core.tiny_models import CONFIG

PICTURE = tiny_models.picture()
SENTIMENT = ClassifierConfig(label="positive", model="roberta-sentiment", weight=3.0, prefix="They say", suffix="!")
THREE = CONFIG.changed(classifiers=(SENTIMENT,), image_prefix="A photo of", image_suffix=" today")
PROMPTS = ["", " a cat", " two dogs in"]


@pytest.fixture(scope="module")
def library():
    return tiny_models.shared_library()


@pytest.fixture(scope="module")
def problem(library):
    return caption_problem(library, THREE, PICTURE)


def test_each_model_has_its_weight_prefix_and_suffix(problem, library):
    picture, label = problem.objective.targets
    assert (picture.prefix, picture.suffix, picture.weight) == ("A photo of", " today", 22.0)
    assert (label.prefix, label.suffix, label.weight, label.label) == ("They say", "!", 3.0, "positive")
    assert label.model is library.classifier("roberta-sentiment")
    assert (problem.objective.language.prefix, problem.objective.language.suffix) == ("An image of", "")


def test_there_is_one_adapter_a_target(problem, library):
    keys = (CONFIG.target, "roberta-sentiment")
    adapters = [library.adapter(CONFIG.source, key, fit_options(THREE)) for key in keys]
    assert [route.adapter for route in problem.carried] == adapters
    assert adapters[0] is not adapters[1]


def test_carried_gradients_of_all_targets_add_up(problem, library):
    table = library.causal(CONFIG.source).embedding_table
    expected = torch.zeros(len(PROMPTS), len(table))
    for route in problem.carried:
        for word in PROBE_WORDS:
            for k, gradient in enumerate(route.term.gradients([prompt + word for prompt in PROMPTS])):
                pulled = route.adapter.vjp_words(gradient.at_last_word, 1)
                expected[k] -= table @ pulled[0, :, 0] / len(PROBE_WORDS)
    torch.testing.assert_close(problem.scores(PROMPTS), expected, atol=1e-3, rtol=1e-4)


def test_native_scores_of_all_targets_add_up(library):
    problem = caption_problem(library, THREE.changed(guidance="target"), PICTURE)
    source = library.causal(CONFIG.source).tokenizer
    expected = torch.zeros(len(PROMPTS), 50257)
    for term in problem.objective.targets:
        table = text_means(term.tokenizer, term.model.embedding_table, source.token_texts)
        for word in PROBE_WORDS:
            for k, gradient in enumerate(term.gradients([prompt + word for prompt in PROMPTS])):
                at_probe = gradient.at_last_word[0].sum(1)
                expected[k] -= table @ at_probe / len(PROBE_WORDS)
    torch.testing.assert_close(problem.scores(PROMPTS), expected, atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize("guidance", ["lm", "random"])
def test_without_a_gradient_there_are_no_scores(library, guidance):
    problem = caption_problem(library, THREE.changed(guidance=guidance), PICTURE)
    assert problem.scores(PROMPTS) is None
    assert problem.routes == ()


def test_a_weight_of_zero_leaves_the_search_as_it_was(library):
    silent = SENTIMENT.model_copy(update={"weight": 0.0})
    two, three = (
        autodan_step(caption_problem(library, CONFIG.changed(classifiers=c), PICTURE), [Beam()], 1)
        for c in ((), (silent,))
    )
    assert [c.text for c in two.candidates] == [c.text for c in three.candidates]


def test_candidates_have_every_models_loss_and_their_weighted_sum(problem):
    step = autodan_step(problem, [Beam()], 1)
    total, losses = problem.objective.evaluate([c.text for c in step.candidates])
    assert set(step.candidates[0].losses) == {term.name for term in THREE.terms}
    assert [c.objective for c in step.candidates] == pytest.approx(total.tolist(), abs=1e-4)
    weighted = [sum(term.weight * c.losses[term.name] for term in THREE.terms) for c in step.candidates]
    assert [c.objective for c in step.candidates] == pytest.approx(weighted, abs=1e-4)
    assert SENTIMENT.name in losses


def test_a_words_strength_is_the_norm_of_the_sum_and_of_each_models_part(problem):
    prompt = " a sailboat rocket"
    strengths = problem.word_strengths(prompt)
    for k, (strength, tokens) in enumerate(zip(strengths, (1, 2, 1), strict=True)):
        parts = {}
        for route in problem.carried:
            (gradient,) = route.term.gradients([prompt])
            parts[route.term.name] = route.adapter.vjp_words(gradient.of_prompt[k], tokens)
        assert strength.strength == pytest.approx(float(sum(parts.values()).norm()), rel=1e-5)
        assert strength.by_model == pytest.approx({name: float(g.norm()) for name, g in parts.items()}, rel=1e-5)
    step = Step(0, (Beam(),), words=strengths)
    assert read_step(step.as_dict()) == step


def test_a_classifier_without_the_label_is_refused(library):
    config = THREE.changed(classifiers=(SENTIMENT.model_copy(update={"label": "angry"}),))
    with pytest.raises(UserError, match="roberta-sentiment has no label 'angry'"):
        caption_problem(library, config, PICTURE)


def test_settings_with_classifiers_go_to_json_and_back():
    assert CaptionConfig.from_dict(json.loads(json.dumps(THREE.as_dict()))) == THREE


def test_the_objective_depends_on_the_classifiers_and_on_what_is_around_the_image_models_prompt():
    for field, value in {"classifiers": (), "image_prefix": None, "image_suffix": ""}.items():
        assert THREE.changed(**{field: value}).objective_fields() != THREE.objective_fields()
    assert CONFIG.changed(image_prefix=CONFIG.prefix).objective_fields() == CONFIG.objective_fields()
