from __future__ import annotations

import pytest
import torch

from fuse_core.common.errors import UserError
from fuse_core.search.problem import caption_problem, fit_options, image_vector
from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_calls
from tests.fuse_core.tiny_models import CONFIG

PICTURE = tiny_models.picture()


@pytest.fixture(scope="module")
def library():
    return tiny_models.shared_library()


def test_the_objective_follows_the_settings(library):
    config = CONFIG.changed(prefix="A photo of", suffix=" today", lm_weight=0.5, image_weight=3.0)
    objective = caption_problem(library, config, PICTURE).objective
    assert objective.language.model is library.causal(CONFIG.source)
    assert (objective.language.prefix, objective.language.suffix) == ("A photo of", " today")
    assert objective.language.weight == 0.5
    (term,) = objective.targets
    assert term.model is library.image_text(CONFIG.target)
    assert (term.prefix, term.suffix, term.weight) == ("A photo of", " today", 3.0)
    torch.testing.assert_close(term.image, library.image_text(CONFIG.target).encode_image(PICTURE))


def test_the_picture_is_encoded_once_and_its_vector_can_stand_for_it(library, monkeypatch):
    encoded = record_calls(monkeypatch, library.image_text(CONFIG.target), "encode_image")
    problem = caption_problem(library, CONFIG, PICTURE)
    assert len(encoded) == 1
    again = caption_problem(library, CONFIG, torch.tensor(image_vector(problem)))
    assert len(encoded) == 1
    assert torch.equal(again.objective.targets[0].image, problem.objective.targets[0].image)


def test_each_guidance_has_its_own_routes(library):
    def routes(guidance):
        return caption_problem(library, CONFIG.changed(guidance=guidance), PICTURE).routes

    (fuse,), (target,) = routes("fuse"), routes("target")
    assert fuse.adapter is library.adapter(CONFIG.source, CONFIG.target, fit_options(CONFIG))
    assert fuse.table is library.causal(CONFIG.source).embedding_table
    assert target.adapter is None
    assert target.table.shape == (50257, 16)
    assert routes("lm") == routes("random") == ()


def test_the_papers_bucketing_has_no_ridge(library):
    assert fit_options(CONFIG).ridge == "auto"
    target = CONFIG.changed(bucketing="target")
    assert fit_options(target).ridge == 0.0
    assert fit_options(target).bucketing == "target"
    assert caption_problem(library, target, PICTURE).carried[0].adapter is library.adapter(
        CONFIG.source, CONFIG.target, fit_options(target)
    )


def test_progress_rises(library):
    said = []
    caption_problem(library, CONFIG, PICTURE, lambda share, what: said.append((share, what)))
    shares = [share for share, _ in said]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] <= 1
    assert all(what for _, what in said)


def test_texts_that_do_not_fit_are_refused_at_the_start():
    library = tiny_models.library(positions=12)
    caption_problem(library, CONFIG.changed(steps=7), PICTURE)
    with pytest.raises(UserError, match=r"13 tokens, more than the 12 that clip-vit-base-patch32 reads\. Shorten"):
        caption_problem(library, CONFIG.changed(steps=8), PICTURE)
    with pytest.raises(UserError, match=r"more than the 64 that gpt2-medium reads\. Shorten the prefix"):
        caption_problem(library, CONFIG.changed(prefix="word " * 70), PICTURE)


@pytest.fixture(scope="module")
def problem(library):
    return caption_problem(library, CONFIG, PICTURE)


class TestWordStrengths:
    def test_a_strength_is_the_norm_of_the_gradient_at_the_words_source_embeddings(self, problem):
        prompt = " a sailboat rocket"
        strengths = problem.word_strengths(prompt)
        assert [w.text for w in strengths] == ["a", "sailboat", "rocket"]
        (gradient,) = problem.objective.targets[0].gradients([prompt])
        for strength, tokens, at_word in zip(strengths, (1, 2, 1), gradient.grads[-3:], strict=True):
            pulled = problem.carried[0].adapter.vjp_words(at_word, tokens)
            assert strength.strength == pytest.approx(float(pulled.norm()))

    def test_a_word_that_no_bucket_serves_has_none(self, problem):
        strengths = problem.word_strengths(" a supercalifragilistic cat")
        assert [w.strength is None for w in strengths] == [False, True, False]

    def test_a_suffix_glued_to_the_prompt_is_no_word_of_it(self, library):
        problem = caption_problem(library, CONFIG.changed(suffix="!"), PICTURE)
        assert [w.text for w in problem.word_strengths(" a cat")] == ["a", "cat"]

    @pytest.mark.parametrize("prompt", ["", " "])
    def test_an_empty_prompt_has_no_words(self, problem, prompt):
        assert problem.word_strengths(prompt) == ()


def test_a_prompt_has_room_for_one_word_more_or_does_not_fit():
    problem = caption_problem(tiny_models.library(positions=12), CONFIG, PICTURE)
    assert problem.fits([" x" * 6, " x" * 7, " supercalifragilistic" * 2]) == [True, False, False]
