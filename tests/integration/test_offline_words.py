"""Whole words with the real models: a picture whose word has several tokens, and what words gain over tokens."""

from __future__ import annotations

import pytest

from fuse_core.common.pictures import open_picture
from fuse_core.common.storage import require_wheel
from fuse_core.search.presets import load_preset
from fuse_core.search.session import Session

pytestmark = pytest.mark.models

PRESET = load_preset("offline-plain").changed(steps=3, candidates=32, ending="fixed", repeats="allowed")


@pytest.fixture(scope="module")
def cheetah():
    """A photograph that Gradio brings along."""
    return open_picture(require_wheel("gradio", "media_assets", "images", "cheetah1.jpg"))


def finish(library, picture, **settings) -> Session:
    session = Session.start(library, PRESET.changed(**settings), picture)
    list(session.run())
    return session


def test_a_word_of_several_tokens_is_reached_with_words_and_not_without(library, cheetah):
    assert len(library.tokenizer("smollm2").encode(" cheetah")) > 1
    default, tokens = finish(library, cheetah), finish(library, cheetah, unit="token")
    assert "cheetah" in default.caption.split(" ")[1].strip(",")
    assert default.best.objective < 7.0
    assert "cheetah" not in tokens.caption
    assert default.best.objective < 0.9 * tokens.best.objective
    evaluations = [[step.evaluations for step in session.steps] for session in (default, tokens)]
    assert evaluations[0] == evaluations[1]


def test_word_candidates_have_the_objective_of_their_text_from_scratch(library, cheetah):
    session = Session.start(library, PRESET, cheetah)
    for _ in range(2):
        step = session.step()
        assert any(c.token_id is None for c in step.candidates)
        total, losses = session.problem.objective.evaluate([c.text for c in step.candidates])
        assert [c.objective for c in step.candidates] == pytest.approx(total.tolist(), abs=1e-4)
        for name, values in losses.items():
            assert [c.losses[name] for c in step.candidates] == pytest.approx(values.tolist(), abs=1e-4)
        assert step.n_forward_passes == 2


def test_the_picture_speaks_for_words_only_where_a_gradient_is_allowed(library, pictures):
    session = Session.start(library, PRESET.changed(guidance="lm"), pictures["coffee"])
    assert session.problem.word_source.term is None
    assert {c.score for c in session.step().candidates} == {0}
