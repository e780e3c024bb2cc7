"""Tiny pipelines of Stable Diffusion, as diffusers saves them: true classes, random weights, CLIP's own vocabulary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import diffusers  # which imports a class, and what it needs, when it is named
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from fuse_core.library import Library
from tests.fuse_core import tiny_models

if TYPE_CHECKING:
    from fuse_core.models.stable_diffusion import StableDiffusion

SIDE, CHANNELS, WIDTH = 8, 4, 16  # of the latents; of the text encoder's states
BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


def unet(**changed: Any) -> diffusers.UNet2DConditionModel:
    """A UNet of two stages, with attention to the text in the deeper one."""
    settings = {
        "sample_size": SIDE,
        "in_channels": CHANNELS,
        "out_channels": CHANNELS,
        "block_out_channels": (8, 16),
        "layers_per_block": 1,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
        "cross_attention_dim": WIDTH,
        "attention_head_dim": 2,
        "norm_num_groups": 4,
    }
    with tiny_models.seeded(1):
        return diffusers.UNet2DConditionModel(**{**settings, **changed})


def change(file: Path, **settings: Any) -> None:
    """Other settings in a file of JSON."""
    file.write_text(json.dumps(json.loads(file.read_text()) | settings))


def rename_as_published(folder: Path) -> None:
    """Name weights as the files on hubs do, which are older than the classes that are read here."""
    old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    text, vae = folder / "text_encoder" / "model.safetensors", folder / "vae" / "diffusion_pytorch_model.safetensors"
    save_file({f"text_model.{name}": tensor for name, tensor in load_file(text).items()}, text, {"format": "pt"})
    tensors = load_file(vae)
    for new, name in old.items():
        tensors = {k.replace(new, name) if ".attentions." in k else k: v for k, v in tensors.items()}
    save_file(tensors, vae, {"format": "pt"})


def save_pipeline(folder: Path) -> diffusers.StableDiffusionPipeline:
    """A pipeline for pictures of 16 x 16 pixels, of version 1: saved, and as it was made."""
    text = CLIPTextConfig(
        hidden_size=WIDTH,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        vocab_size=49408,
        bos_token_id=49406,
        eos_token_id=49407,
        initializer_factor=5.0,
    )
    with tiny_models.seeded(0):
        encoder = CLIPTextModel(text)
        vae = diffusers.AutoencoderKL(
            block_out_channels=(8, 8),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            latent_channels=CHANNELS,
            norm_num_groups=4,
            sample_size=2 * SIDE,
        )
    backend = tiny_models.load_tokenizer("clip-tokenizer").backend
    made = diffusers.StableDiffusionPipeline(
        vae=vae.eval(),
        text_encoder=encoder.eval(),
        tokenizer=CLIPTokenizer(tokenizer_object=backend, model_max_length=77),
        unet=unet().eval(),
        scheduler=diffusers.PNDMScheduler(**BETAS, skip_prk_steps=True, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    made.save_pretrained(folder)
    return made


def read_pipeline(library: Library, folder: Path) -> StableDiffusion:
    """A pipeline as it is loaded from its folder."""
    from fuse_core.models.stable_diffusion import StableDiffusion  # heavy, and only needed here

    model = library.diffusion(str(folder))
    assert isinstance(model, StableDiffusion)
    return model
