"""What the image-text model sees: against a softmax and cosines computed by hand, on tiny models."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from fuse_core.analysis import picture_reading
from fuse_core.analysis.picture_reading import UNSURE, PictureReading, read_picture
from fuse_core.cli.see_command import see_table
from fuse_core.search.word_table import WordTable
from fuse_core.words.corpus import Corpus
from tests.fuse_core import tiny_models

PICTURE = tiny_models.picture()


def read(model, monkeypatch) -> tuple[PictureReading, WordTable]:
    width = len(model.encode_image(PICTURE))
    vectors = torch.nn.functional.normalize(torch.randn(30, width, generator=torch.Generator().manual_seed(0)), dim=1)
    names = tuple(f"word{k}" for k in range(30))
    table = WordTable(Corpus("some", names, (1.0,) * 30), vectors)
    monkeypatch.setattr(picture_reading, "word_table", lambda *args: table)
    library = SimpleNamespace(image_text=lambda key: model)
    return read_picture(library, "a model", PICTURE), table  # type: ignore[arg-type]


def test_classes_are_the_classifiers_and_words_are_the_nearest(monkeypatch):
    model = tiny_models.conse()
    found, table = read(model, monkeypatch)
    logits = (model.classifier.weight @ model.classifier.features(PICTURE) + model.classifier.bias).numpy()
    shares = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    order = np.argsort(-shares)
    assert [name for name, _ in found.classes] == [model.classifier.class_names[k][0] for k in order]
    assert [share for _, share in found.classes] == pytest.approx(shares[order], rel=1e-5)
    cosines = table.vectors.numpy() @ model.encode_image(PICTURE).numpy()
    nearest = np.argsort(-cosines)[:10]
    assert [word for word, _ in found.words] == [f"word{k}" for k in nearest]
    assert [value for _, value in found.words] == pytest.approx(cosines[nearest], rel=1e-5)


def test_a_model_without_class_labels_has_its_words_alone(monkeypatch):
    found, _ = read(tiny_models.clip(), monkeypatch)
    assert found.classes == ()
    assert not found.unsure
    assert len(found.words) == 10
    assert "class" not in see_table(found.as_dict())


def test_it_is_unsure_where_no_class_reaches_the_threshold():
    sure, unsure = (PictureReading("m", (("cat", share),), (("cat", 0.5),)) for share in (UNSURE, UNSURE - 0.01))
    assert not sure.unsure
    assert "may be none of them" not in see_table(sure.as_dict())
    assert unsure.unsure
    assert "may be none of them" in see_table(unsure.as_dict())
