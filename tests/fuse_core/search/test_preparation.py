"""What is made beforehand is what a run asks for, and nothing is made twice."""

from __future__ import annotations

import pytest

from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.search import preparation
from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.preparation import prepare, presets_at_hand
from fuse_core.search.problem import caption_problem
from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_calls

PLAIN = tiny_models.CONFIG.changed(unit="both")
WITH_CLASSIFIER = PLAIN.changed(classifiers=(ClassifierConfig(label="positive", model="roberta-sentiment"),))


def test_a_run_afterwards_asks_for_nothing_new(monkeypatch):
    library, said = tiny_models.library(), []
    adapters = record_calls(monkeypatch, library, "adapter")
    tables = record_calls(monkeypatch, preparation, "word_table")
    prepare(library, [PLAIN, WITH_CLASSIFIER], lambda share, what: said.append(share))
    made = [call[:3] for call in adapters]
    assert len(made) == len(set(made)) == 4  # two targets, both bucketings
    assert [key for _, key, _ in tables] == [PLAIN.target, "roberta-sentiment"]
    assert said == sorted(said)
    assert said[-1] == 1.0
    caption_problem(library, WITH_CLASSIFIER, tiny_models.picture())
    assert {call[:3] for call in adapters} == set(made)


def test_the_presets_at_hand_are_those_whose_models_are_here(monkeypatch):
    assert presets_at_hand() == ["offline-caption", "offline-negative", "offline-plain", "offline-positive"]
    monkeypatch.setattr(catalog.Entry, "present", property(lambda entry: entry.key != "minilm-word-sentiment"))
    assert "offline-caption" in presets_at_hand()
    assert "offline-positive" not in presets_at_hand()


def test_a_model_that_cannot_be_had_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="There is no model 'gpt5'"):
        prepare(Library(tmp_path), [PLAIN.changed(source="gpt5", target="gpt5")], lambda share, what: None)
