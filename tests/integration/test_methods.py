"""GCG on a real language model."""

from __future__ import annotations

import pytest
import torch

from fuse_core.guidance import Vocabulary
from fuse_core.objective import LanguageTerm, Objective
from fuse_core.optimizers.config import CaptionConfig
from fuse_core.optimizers.methods import start_step, take_step
from fuse_core.optimizers.problem import Problem

pytestmark = pytest.mark.models


def test_gcg_makes_the_language_model_say_a_text_without_any_adapter(library):
    model = library.causal("smollm2")
    config = CaptionConfig(
        method="gcg",
        guidance="lm",
        lm_loss="cross_entropy",
        lm_text=" The sea is calm tonight.",
        steps=6,
        candidates=48,
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
