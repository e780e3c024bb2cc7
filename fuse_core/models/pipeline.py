"""A diffusion pipeline as a folder in diffusers' format: one folder a part, each with settings and weights."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from fuse_core.common.errors import UserError
from fuse_core.models.checkpoint import CONFIG, FETCH_AGAIN, SAVE_AGAIN, STEM, Checkpoint

PIPELINE, SCHEDULER = "model_index.json", "scheduler/scheduler_config.json"
# Of each part that has weights, the class that is read here, and what its files are called.
PARTS = {
    "text_encoder": ("CLIPTextModel", STEM),
    "unet": ("UNet2DConditionModel", "diffusion_pytorch_model"),
    "vae": ("AutoencoderKL", "diffusion_pytorch_model"),
}


class Pipeline(Checkpoint):
    """A folder that holds a pipeline; its weights are those of the parts that are read."""

    @cached_property
    def config(self) -> dict[str, Any]:
        """What ``model_index.json`` says, the pipeline's class as its architecture."""
        found = self.json(PIPELINE)
        if not isinstance(found, dict):
            raise UserError(f"{PIPELINE} of '{self.name}' names no parts.", FETCH_AGAIN)
        return {**found, "architectures": [found.get("_class_name")]}

    def part(self, name: str) -> Checkpoint:
        """A part as a checkpoint; ``UserError`` where it is missing, or of a class that is not read here."""
        expected, stem = PARTS.get(name, (None, STEM))
        listed = self.config.get(name)
        kind = listed[-1] if isinstance(listed, list) and listed else None
        if not kind or not (self.folder / name).is_dir():
            raise UserError(f"'{self.name}' lacks its {name}.", SAVE_AGAIN)
        if expected and kind != expected:
            raise UserError(
                f"The {name} of '{self.name}' is a {kind}, and what is read here is a {expected}.",
                "Choose a pipeline of Stable Diffusion 1 or 2.",
            )
        return Checkpoint(f"{self.name}/{name}", self.folder / name, stem)

    @cached_property
    def weights(self) -> tuple[Path, ...]:
        """The safetensors files of all parts; ``UserError`` where one is missing."""
        return tuple(path for name in PARTS for path in self.part(name).weights)

    @property
    def has_tokenizer(self) -> bool:
        """Whether any file of a vocabulary is there."""
        return Checkpoint(self.name, self.folder / "tokenizer").has_tokenizer


def is_model(folder: Path) -> bool:
    """Whether a folder holds a model or a pipeline."""
    return any((folder / file).is_file() for file in (CONFIG, PIPELINE))


def checkpoint_at(name: str, folder: Path) -> Checkpoint:
    """What a folder holds, that people call ``name``."""
    return (Pipeline if (folder / PIPELINE).is_file() else Checkpoint)(name, folder)
