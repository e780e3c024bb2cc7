"""BLIP (Li et al. 2022), trained to write captions: a baseline, from a hub."""

from __future__ import annotations

from typing import Any, Self

import torch
from PIL import Image
from transformers import BlipForConditionalGeneration

BEAMS, SHORTEST, LONGEST = 3, 5, 20  # as its authors decode for COCO; lengths in tokens


class BlipCaptioner:
    """A transformers BLIP behind the ``Captioner`` protocol.

    Parameters
    ----------
    key : str
    network : BlipForConditionalGeneration
    tokenizer : transformers' tokenizer of the checkpoint
    processor : callable
        The PIL image processor of the checkpoint.
    """

    def __init__(self, key: str, network: BlipForConditionalGeneration, tokenizer: Any, processor: Any) -> None:
        self.key, self.tokenizer, self.processor = key, tokenizer, processor
        self.network = network.eval().requires_grad_(False)

    def to(self, device: torch.device) -> Self:
        """Move the weights to a device, in place."""
        self.network.to(device)  # type: ignore[arg-type]
        return self

    @torch.no_grad()
    def caption(self, image: Image.Image) -> str:
        """The likeliest caption that a beam search finds. One pass of the image tower, up to twenty of the decoder."""
        pixels = self.processor(images=image, return_tensors="pt")["pixel_values"].to(self.network.device)
        ids = self.network.generate(pixels, num_beams=BEAMS, min_length=SHORTEST, max_length=LONGEST)
        return self.tokenizer.decode(ids[0], skip_special_tokens=True).strip()
