"""The caption, of a list, that is nearest to the picture under the image-text model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.analysis.captions.baselines.baseline import Baseline, Task, Write
from fuse_core.common.errors import UserError

if TYPE_CHECKING:
    from PIL import Image


def begin(task: Task) -> Write:
    """Read the list once; without one it is the references of the other pictures."""
    model = task.library.image_text(task.target)
    texts = list(dict.fromkeys(task.listed or task.known.captions))
    ids = model.tokenizer.encode_batch(texts)
    vectors = model.encode_ids([row[: model.max_length - 2] for row in ids])  # (texts, width)

    def write(name: str, picture: Image.Image) -> str:
        own = set() if task.listed else set(task.known.references.get(name, ()))
        for k in (vectors @ model.encode_image(picture)).argsort(descending=True).tolist():
            if texts[k] not in own:
                return texts[k]
        raise UserError("There is no caption of another picture to choose.", "Give a list of captions.")

    return write


BASELINE = Baseline(
    name="retrieval",
    order=1,
    help="the nearest of a list of captions under the image-text model; without a list, of the other pictures'",
    begin=begin,
    takes_list=True,
)
