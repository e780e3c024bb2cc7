"""Searches on maps of word features: what settings ask for, and that scores are what the map says."""

from __future__ import annotations

import json

import pytest
import torch
from torch import Tensor

from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.search.config import CaptionConfig
from fuse_core.search.gradient_route import GradientRoute
from fuse_core.search.problem import Problem, caption_problem, fit_options
from fuse_core.search.saved_session import SavedSession
from fuse_core.search.session import Session
from fuse_core.words.corpus import english
from tests.fuse_core import tiny_models
from tests.fuse_core.tiny_models import settings_for


@pytest.mark.parametrize(
    ("settings", "features"),
    [
        ({}, "layers"),
        ({"features": "layers"}, "layers"),
        ({"features": "embedding"}, "embedding"),
        ({"method": "gcg"}, "layers"),
        ({"method": "pez"}, "embedding"),
        ({"bucketing": "target"}, "embedding"),
    ],
)
def test_what_words_are_mapped_from(settings, features):
    assert CaptionConfig(**settings).adapter_features == features
    assert fit_options(CaptionConfig(**settings)).features == features


@pytest.mark.parametrize(
    ("settings", "why"),
    [({"method": "pez"}, "pez moves tokens through embedding space"), ({"bucketing": "target"}, "target buckets")],
)
def test_layers_are_refused_where_they_could_not_be_obeyed(settings, why):
    with pytest.raises(UserError, match=f"{why}.*Choose 'auto' or 'embedding'"):
        CaptionConfig(features="layers", **settings)


def test_settings_of_earlier_versions_mean_embeddings():
    earlier = {name: value for name, value in CaptionConfig().as_dict().items() if name != "features"}
    assert CaptionConfig.from_dict(earlier).features == "embedding"
    assert CaptionConfig(steps=3).updated(earlier, "The file").features == "embedding"
    # A few settings of one's own leave it to the preset.
    assert CaptionConfig().updated({"steps": 4}, "The file").features == "auto"


@pytest.fixture(scope="module")
def library() -> Library:
    return tiny_models.shared_library()


def problem_of(library: Library, method: str = "autodan") -> Problem:
    config = settings_for(method).changed(features="layers", guidance="fuse")
    return caption_problem(library, config, tiny_models.picture())


def carried(route: GradientRoute, tokens: Tensor, j: int) -> Tensor:
    """Where one-token words lie in the target's space, shape = (tokens, d_tgt, j): the map on their features."""
    assert route.adapter is not None
    assert route.features is not None
    m = route.adapter.maps[1, j].double()
    return torch.einsum("vm,mpj->vpj", route.features[tokens].double(), m)


def test_scores_of_an_appended_token_are_the_targets_gradient_at_where_it_is_carried(library):
    (route,) = problem_of(library).routes
    tokens = torch.tensor([262, 3797, 1981, 17])
    gradients = route.term.gradients([" a thing", " a machine"])
    for gradient, direction in zip(gradients, route.at_last_words(gradients), strict=True):
        g = gradient.at_last_word
        expected = -(carried(route, tokens, g.shape[2]) * g.double()).sum((1, 2))
        for found in (route.scores(direction[None])[0, tokens], route.scores_of(tokens, direction[None])[0]):
            torch.testing.assert_close(found.double(), expected, atol=1e-5, rtol=1e-4)


def test_scores_in_a_prompt_are_of_features_for_words_of_one_token_and_of_embeddings_for_longer_ones(library):
    problem = problem_of(library, "gcg")
    (route,) = problem.routes
    tokenizer = problem.objective.language.model.tokenizer
    longer = next(word for word in english(3000).words if len(tokenizer.encode_words([word])[0]) == 2)
    text = f" a {longer} house"
    lengths = [len(word.ids) for word in tokenizer.split_continuation(text)]
    assert lengths == [1, 2, 1]
    found = route.scores_at_tokens(text, lengths)
    (gradient,) = route.term.gradients([text])
    tokens = torch.arange(0, found.shape[1], 997)
    for place, word in ((0, 0), (3, 2)):
        g = gradient.of_prompt[word]
        expected = -(carried(route, tokens, g.shape[2]) * g.double()).sum((1, 2))
        # Sums of hundreds of products in single precision: right to the size of the terms, not to each sum's.
        torch.testing.assert_close(
            found[place, tokens].double(), expected, atol=2e-4 * float(expected.abs().max()), rtol=0
        )
    inside = route.at_words(text, lengths)[1]
    assert inside is not None
    expected = -(route.table[tokens] @ inside[0])  # (tokens, 2)
    torch.testing.assert_close(found[1:3, tokens], expected.T, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("method", ["autodan", "gcg"])
def test_a_run_on_features_is_saved_and_replayed(library, method):
    config = settings_for(method).changed(features="layers", guidance="fuse", steps=2)
    session = Session.start(library, config, tiny_models.picture())
    for _ in session.run():
        pass
    read = SavedSession.parse(session.to_json())
    assert read.config.features == "layers"
    assert read.config.adapter_features == "layers"
    again = Session.from_json(session.to_json(), library)
    again.back()
    assert [b.text for b in again.step().beams] == [b.text for b in session.steps[-1].beams]


def test_a_saved_run_of_an_earlier_version_means_embeddings(library):
    session = Session.start(library, settings_for("autodan"), tiny_models.picture())
    session.step()
    saved = json.loads(session.to_json())
    for part in (saved, *saved.get("changes", ())):
        del part["config"]["features"]
    assert SavedSession.parse(json.dumps(saved)).config.features == "embedding"
