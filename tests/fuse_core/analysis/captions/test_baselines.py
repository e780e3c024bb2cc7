"""Baselines on tiny models."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fuse_core.analysis.captions.baseline_run import label, writing
from fuse_core.analysis.captions.baselines import retrieval, top_class
from fuse_core.analysis.captions.baselines.baseline import BASELINES, Task
from fuse_core.analysis.captions.coco import CaptionSet
from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.models import image_classifier
from fuse_core.search.batch import Written
from tests.fuse_core import tiny_models

KNOWN = CaptionSet("set.json", {"a.png": ("a cat", "a tabby"), "b.png": ("a dog", "a cat"), "c.png": ("a rocket",)})
PICTURE = tiny_models.picture()


@pytest.fixture
def task() -> Task:
    library = Library(Path("unused"))
    library.once(("image-text", "minilm"), tiny_models.conse)
    library.once(("image-text", tiny_models.CONFIG.target), tiny_models.clip)
    return Task(library, "minilm", KNOWN)


def ranked(task: Task, texts) -> list[str]:
    """Texts by their cosine with the picture, one by one."""
    model = task.library.image_text(task.target)
    seen = model.encode_image(PICTURE)
    cosines = {text: float(model.encode_ids([model.tokenizer.encode(text)])[0] @ seen) for text in texts}
    return sorted(texts, key=lambda text: -cosines[text])


def test_every_file_declares_one():
    assert {"retrieval", "top-class"} <= set(BASELINES)


@pytest.mark.parametrize("name", ["a.png", "b.png", "c.png"])
def test_retrieval_never_takes_what_was_written_for_the_picture_itself(task, name):
    others = [text for text in KNOWN.captions if text not in KNOWN.references[name]]
    assert retrieval.begin(task)(name, PICTURE) == ranked(task, others)[0]


def test_retrieval_from_a_list_takes_the_nearest(task):
    listed = ("a rocket", "a house", "a cat", "a cat")
    found = retrieval.begin(Task(task.library, "minilm", KNOWN, listed))("a.png", PICTURE)
    assert found == ranked(task, listed[:3])[0]


def test_retrieval_reads_what_the_model_can_of_a_long_caption(task):
    assert retrieval.begin(Task(task.library, "minilm", KNOWN, ("cat " * 400,)))("a.png", PICTURE) == "cat " * 400


def test_retrieval_needs_a_caption_of_another_picture(task):
    alone = Task(task.library, "minilm", CaptionSet("s", {"a.png": ("a cat",)}))
    with pytest.raises(UserError, match="no caption of another picture"):
        retrieval.begin(alone)("a.png", PICTURE)


def test_the_top_class_is_the_classifier_s(task):
    classifier = tiny_models.classifier()
    best = int(torch.argmax(classifier.probabilities(classifier.features(PICTURE))))
    names = ("a photo of a cat", "a photo of a dog", "a photo of a rocket")
    assert top_class.begin(task)("a.png", PICTURE) == names[best]


def test_without_a_classifier_it_is_the_nearest_class_text(task, monkeypatch):
    monkeypatch.setattr(image_classifier, "load_class_names", lambda: (("tench",), ("owl", "bird of prey")))
    clip = Task(task.library, tiny_models.CONFIG.target, KNOWN)
    assert top_class.begin(clip)("a.png", PICTURE) == ranked(clip, ["a photo of a tench", "a photo of an owl"])[0]


def test_a_baseline_that_chooses_is_another_with_other_captions(task, tmp_path):
    PICTURE.save(tmp_path / "a.png")
    own = label("retrieval", KNOWN)
    assert own.startswith("retrieval ")
    assert label("retrieval", KNOWN, ("a dog",)) != own
    assert label("top-class", KNOWN) == "top-class"
    written = writing(task.library, "retrieval", "minilm", KNOWN)(tmp_path / "a.png", lambda share, what: None)
    assert written == Written({"caption": retrieval.begin(task)("a.png", PICTURE)})
