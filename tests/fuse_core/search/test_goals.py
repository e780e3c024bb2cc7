"""What a caption is to be about, besides one picture: several, a text, a label, a second language model."""

from __future__ import annotations

import pytest
import torch

from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.search.config import CaptionConfig
from fuse_core.search.goal import MOST_PICTURES
from fuse_core.search.problem import caption_problem, fit_options
from fuse_core.search.replay import replay
from fuse_core.search.session import Session
from tests.fuse_core import tiny_models
from tests.fuse_core.tiny_models import settings_for

PICTURES = [tiny_models.picture(seed) for seed in (0, 1, 2)]
SECOND = "tiny-llama"
FURTHER = [{"kind": "fluency", "model": SECOND, "weight": 0.5}]
LABEL = [{"label": "positive", "model": "roberta-sentiment", "weight": 3.0}]
METHODS = ["autodan", "gcg", "pez"]


@pytest.fixture(scope="module")
def library() -> Library:
    found, model = tiny_models.library(), tiny_models.llama()
    found.once(("causal-lm", SECOND), lambda: model)
    found.once(("tokenizer", SECOND), lambda: model.tokenizer)
    source = found.causal(settings_for().source)
    for settings in ({}, {"features": "layers"}, {"bucketing": "target"}):
        options = fit_options(settings_for(**settings))
        key = ("adapter", settings_for().source, SECOND, options)
        found.once(key, lambda kind=options.features: tiny_models.random_adapter(source, model, features=kind))
    return found


@pytest.fixture(autouse=True)
def second_model(monkeypatch):
    """The catalog's word on a model that the library holds already."""
    from fuse_core.models import catalog
    from fuse_core.models.entry import Entry

    known = catalog.entry

    def entry(key: str) -> Entry:
        about = {"title": key, "family": "", "licence": "", "origin": ""}
        return Entry(key, **about, causal=lambda *_: 1 / 0) if key == SECOND else known(key)

    for module in ("fuse_core.models.catalog", "fuse_core.search.problem"):
        monkeypatch.setattr(f"{module}.entry", entry)


def run(library: Library, pictures, **settings) -> Session:
    session = Session.start(library, settings_for(**settings), pictures)
    for _ in session.run():
        pass
    return session


def same_after_a_file(session: Session, library: Library) -> None:
    """The run comes back from its file, and every step comes out the same."""
    loaded = Session.from_json(session.to_json(), library)
    assert loaded.steps == session.steps
    assert [p.tobytes() for p in loaded.pictures] == [p.tobytes() for p in session.pictures]
    assert all(step.same for step in replay(loaded, library))


@pytest.mark.parametrize("method", METHODS)
def test_several_pictures_are_one_loss(library, method):
    session = run(library, PICTURES, method=method, steps=2)
    clip = library.image_text(session.config.target)
    (text,) = clip.encode_ids([clip.tokenizer.encode("An image of" + session.best.text)])
    expected = sum(1 - float(text @ clip.encode_image(picture)) for picture in PICTURES) / 3
    assert session.best.losses[session.config.target] == pytest.approx(expected, abs=1e-5)
    same_after_a_file(session, library)


@pytest.mark.parametrize("goal", ["text", "both"])
def test_a_text_is_a_goal(library, goal):
    pictures = None if goal == "text" else PICTURES[:1]
    session = run(library, pictures, goal=goal, wanted_text="a dog in the snow", steps=2, unit="both")
    clip = library.image_text(session.config.target)
    wanted = clip.encode_ids([clip.tokenizer.encode("a dog in the snow")])
    if pictures:
        wanted = torch.cat([wanted, clip.encode_image(PICTURES[0])[None]])
    (text,) = clip.encode_ids([clip.tokenizer.encode("An image of" + session.best.text)])
    assert session.best.losses[session.config.target] == pytest.approx(float((1 - wanted @ text).mean()), abs=1e-5)
    assert session.config.terms[1].what == ("text" if goal == "text" else "picture and text")
    same_after_a_file(session, library)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "wishes", [{"classifiers": LABEL}, {"further": FURTHER}, {"lm_loss": "cross_entropy", "lm_text": " is a cat"}, {}]
)
def test_no_picture_is_needed_where_nothing_looks_at_one(library, method, wishes):
    session = run(library, None, method=method, target="none", steps=2, **wishes)
    assert [term.name for term in session.config.terms] == list(session.best.losses)
    assert session.image is None
    assert session.as_dict()["image_vector"] == []
    same_after_a_file(session, library)


def test_words_are_retrieved_for_a_label_alone(library):
    config = settings_for(target="none", classifiers=LABEL, unit="both")
    scores = caption_problem(library, config, None).word_source.scores([" a"])
    assert float(scores.std()) > 0.5
    assert run(library, None, target="none", classifiers=LABEL, unit="word", steps=1).best.text


@pytest.mark.parametrize("method", METHODS)
def test_a_caption_is_fluent_under_two(library, method):
    session = run(library, PICTURES[0], method=method, steps=2, further=FURTHER)
    losses, best = session.best.losses, session.best
    model = library.causal(SECOND)
    ids = [50256, *model.tokenizer.encode("An image of"), *(own := model.tokenizer.encode(best.text))]
    log_probs = model.logits([ids])[0].log_softmax(-1)
    surprise = [-float(log_probs[k - 1, ids[k]]) for k in range(len(ids) - len(own), len(ids))]
    assert losses[SECOND] == pytest.approx(sum(surprise) / len(surprise), abs=1e-4)
    weights = {term.name: term.weight for term in session.config.terms}
    assert best.objective == pytest.approx(sum(weights[name] * loss for name, loss in losses.items()), rel=1e-5)
    assert any(SECOND in word.by_model for step in session.steps[1:] for word in step.words)
    same_after_a_file(session, library)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"goal": "text"}, "'wanted_text' is empty, and 'goal' is 'text'"),
        ({"wanted_text": "a dog"}, "'wanted_text' is given, and 'goal' is 'picture'"),
        ({"goal": "both", "wanted_text": "a dog", "target": "none"}, "no image-text model to read it"),
        ({"further": [{"kind": "magic", "model": "x"}]}, r"'further\[0\].kind' must be one of"),
        ({"further": [{"kind": "fluency"}]}, r"'further\[0\].model' must be text, and is missing"),
        ({"further": [{"kind": "fluency", "model": "x", "weight": "1"}]}, r"'further\[0\].weight' must be a number"),
    ],
)
def test_settings_that_rule_each_other_out(settings, message):
    with pytest.raises(UserError, match=message):
        CaptionConfig(**settings)


def test_what_a_run_lacks_is_said(library):
    with pytest.raises(UserError, match="There is no picture to compare with"):
        caption_problem(library, settings_for(), None)
    own = [{"kind": "fluency", "model": "gpt2-medium"}]
    with pytest.raises(UserError, match="two terms named gpt2-medium"):
        caption_problem(library, settings_for(target="none", further=own), None)
    with pytest.raises(UserError, match="The text to resemble has 92 tokens, more than the 77"):
        caption_problem(library, settings_for(goal="text", wanted_text="dog " * 90), None)
    with pytest.raises(UserError, match=f"{MOST_PICTURES + 1} pictures are too many"):
        caption_problem(library, settings_for(), PICTURES[:1] * (MOST_PICTURES + 1))
