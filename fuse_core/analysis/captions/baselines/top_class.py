"""The most likely of ImageNet's classes, in a template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.analysis.captions.baselines.baseline import Baseline, Task, Write

if TYPE_CHECKING:
    from PIL import Image

TEMPLATE = "a photo of {}"


def begin(task: Task) -> Write:
    """By the classifier where the image-text model has one; else the nearest class text, as CLIP classifies."""
    from fuse_core.models.image_classifier import ImageClassifier, load_class_names
    from fuse_core.models.readings import read_texts

    model = task.library.image_text(task.target)
    classifier = getattr(model, "classifier", None)
    if isinstance(classifier, ImageClassifier):

        def classify(name: str, picture: Image.Image) -> str:
            best = int(classifier.probabilities(classifier.features(picture)).argmax())
            return in_template(classifier.class_names[best][0])

        return classify
    texts = [in_template(names[0]) for names in load_class_names()]
    vectors = read_texts(model, texts)
    return lambda name, picture: texts[int((vectors @ model.encode_image(picture)).argmax())]


def in_template(name: str) -> str:
    """ "a photo of a cat", "a photo of an owl"."""
    return TEMPLATE.format(f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}")


BASELINE = Baseline(
    name="top-class",
    order=2,
    help="the most likely of ImageNet's classes in a template, such as 'a photo of a cat'",
    begin=begin,
)
