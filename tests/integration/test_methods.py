"""The methods on real models."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fuse_core.common.picture_folder import look_through
from fuse_core.common.pictures import open_picture
from fuse_core.objective.language_term import LanguageTerm
from fuse_core.objective.objective import Objective
from fuse_core.search.config import CaptionConfig
from fuse_core.search.config_fields import own_options
from fuse_core.search.methods.registry import METHODS, start_step, take_step
from fuse_core.search.problem import Problem, caption_problem
from fuse_core.search.vocabulary import Vocabulary

pytestmark = pytest.mark.models
PICTURES = look_through(Path(__file__).parents[2] / "assets" / "images").pictures


# By default each method takes a picture of its own.
MATRIX = [
    pytest.param(name, path, id=f"{name}-{path.stem}", marks=() if row % len(PICTURES) == column else pytest.mark.full)
    for row, name in enumerate(METHODS)
    for column, path in enumerate(PICTURES)
]


@pytest.mark.parametrize(("method", "path"), MATRIX)
def test_every_method_lowers_the_objective_of_every_picture_from_its_start(library, method, path):
    # AutoDAN starts with nothing, which has no objective: its first token is where it begins.
    began = 1 if method == "autodan" else 0
    own = {"candidates": 24} if "candidates" in own_options(method) else {}
    config = CaptionConfig(method=method, steps=2 + 2 * began, beams=1 + began, **own)
    problem = caption_problem(library, config, open_picture(path))
    steps = [start_step(problem)]
    for index in range(1, config.steps + 1):
        steps.append(take_step(problem, steps[-1], index))
    objectives = [step.beams[0].objective for step in steps[began:]]
    assert min(objectives[1:]) < objectives[0]
    total, _ = problem.objective.evaluate([steps[-1].beams[0].text])
    assert steps[-1].beams[0].objective == pytest.approx(float(total[0]), abs=2e-2)


def test_gcg_makes_the_language_model_say_a_text_without_any_adapter(library):
    model = library.causal("smollm2")
    config = CaptionConfig(
        method="gcg",
        guidance="lm",
        lm_loss="cross_entropy",
        lm_text=" The sea is calm tonight.",
        steps=3,
        candidates=16,
        beams=1,
        length=8,
    )
    language = LanguageTerm(model, 1.0, config.prefix, "", config.lm_loss, config.lm_text)
    device = model.embedding_table.device
    vocabulary = Vocabulary.of(model.tokenizer, model.embedding_table.shape[0], torch.device(device))
    problem = Problem(config, Objective(language, ()), vocabulary, (), ())  # type: ignore[arg-type]
    steps = [start_step(problem)]
    for index in range(1, config.steps + 1):
        steps.append(take_step(problem, steps[-1], index))
    losses = [step.beams[0].losses["smollm2"] for step in steps]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] - 0.5
    (again,) = language.losses([steps[-1].beams[0].ids]).tolist()
    assert again == pytest.approx(losses[-1], abs=1e-4)
