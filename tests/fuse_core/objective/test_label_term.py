from __future__ import annotations

import math

import pytest
import torch

from fuse_core.common.errors import UserError
from fuse_core.objective.image_term import ImageTerm
from fuse_core.objective.label_term import LabelTerm
from fuse_core.objective.language_term import LanguageTerm
from fuse_core.objective.objective import Objective
from tests.fuse_core import tiny_models

PROMPTS = [" a cat", " two dogs and a rocket", " astronaut", " a photograph of the unbelievable harbour"]


@pytest.fixture(scope="module")
def roberta():
    model = tiny_models.roberta()
    model.network.double()
    return model


def test_losses_are_cross_entropies_to_the_label(roberta):
    for k, label in enumerate(roberta.labels):
        term = LabelTerm(roberta, label, prefix="They say", suffix=" today")
        for prompt, loss in zip(PROMPTS, term.losses(PROMPTS), strict=True):
            (log_probs,) = roberta.encode_ids([roberta.tokenizer.encode(f"They say{prompt} today")])
            assert float(loss) == pytest.approx(-float(log_probs[k]))


def test_probabilities_of_all_labels_add_up_to_one(roberta):
    losses = torch.stack([LabelTerm(roberta, label).losses(PROMPTS) for label in roberta.labels])
    torch.testing.assert_close((-losses).exp().sum(0), torch.ones(len(PROMPTS), dtype=torch.float64))


@pytest.mark.parametrize("prompt", PROMPTS)
def test_gradients_agree_with_finite_differences(roberta, prompt):
    term = LabelTerm(roberta, "negative", weight=3.0, prefix="They say", suffix="!")
    (found,) = term.gradients([prompt])
    assert [w.text for w in found.words[found.first : found.last]] == (prompt + "!").split()
    x = roberta.embedding_table[torch.tensor(roberta.tokenizer.encode(term.text(prompt)))].clone()
    direction = torch.randn(x.shape, generator=torch.Generator().manual_seed(0), dtype=x.dtype)
    step = 1e-5
    up, down = (-3.0 * roberta.encode_embeddings([x + s * direction])[0, 0] for s in (step, -step))
    slope = (torch.cat(found.grads, 2)[0].T * direction).sum()
    torch.testing.assert_close(slope, (up - down) / (2 * step), atol=1e-8, rtol=1e-6)
    assert found.loss == pytest.approx(float(term.losses([prompt])[0]))


def test_an_unknown_label_lists_the_known_ones(roberta):
    with pytest.raises(UserError, match=r"roberta-sentiment has no label 'angry'\. Choose one of: negative, neutral"):
        LabelTerm(roberta, "angry")


def test_a_text_that_does_not_fit_says_what_to_do():
    term = LabelTerm(tiny_models.roberta(positions=12), "positive")
    term.check_length(" x" * 10)
    assert term.fits([" x" * 10, " x" * 11]) == [True, False]
    with pytest.raises(UserError, match="13 tokens, more than the 12 that roberta-sentiment reads"):
        term.check_length(" x" * 11)


@pytest.fixture(scope="module")
def objective(roberta):
    clip = tiny_models.clip()
    picture = ImageTerm(clip, clip.encode_image(tiny_models.picture()), 22.0, "A photo of")
    labels = (LabelTerm(roberta, "positive", 2.0), LabelTerm(roberta, "neutral", 0.5, prefix="They say"))
    return Objective(LanguageTerm(tiny_models.gpt2(), 0.5, "An image of"), (picture, *labels))


class TestThreeModels:
    def test_the_objective_is_the_weighted_sum_of_all(self, objective):
        total, losses = objective.evaluate(PROMPTS)
        weights = {
            "tiny-gpt2": 0.5,
            "tiny-clip": 22.0,
            "roberta-sentiment:positive": 2.0,
            "roberta-sentiment:neutral": 0.5,
        }
        assert set(losses) == set(weights)
        torch.testing.assert_close(total, sum(w * losses[name].double() for name, w in weights.items()))

    def test_one_label_twice_is_refused(self, objective):
        with pytest.raises(UserError, match="two terms named roberta-sentiment:positive"):
            Objective(objective.language, (*objective.targets, objective.targets[1]))

    def test_a_wrong_weight_names_the_term(self, objective, roberta):
        with pytest.raises(UserError, match="weight of roberta-sentiment:positive must be 0 or more"):
            Objective(objective.language, (objective.targets[0], LabelTerm(roberta, "positive", math.nan)))
