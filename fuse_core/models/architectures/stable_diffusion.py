"""Stable Diffusion 1 and 2 (Rombach et al. 2022), pipelines in diffusers' format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fuse_core.common.errors import UserError
from fuse_core.common.storage import wheel_folder
from fuse_core.models.architectures.architecture import Architecture, Family
from fuse_core.models.checkpoint import FETCH_AGAIN
from fuse_core.models.entry import Entry, Models
from fuse_core.models.hub import Part, checkpoint_of
from fuse_core.models.pipeline import SCHEDULER, Pipeline

if TYPE_CHECKING:
    from fuse_core.models.stable_diffusion import StableDiffusion
    from fuse_core.words.tokenizer import WordTokenizer

PACKAGE, CLASS = "diffusers", "StableDiffusionPipeline"
PREDICTIONS = ("epsilon", "v_prediction")


def pipeline_of(entry: Entry, part: Part = "weights") -> Pipeline:
    """The entry's files; ``UserError`` where they are no pipeline's."""
    found = checkpoint_of(entry, part)
    if not isinstance(found, Pipeline):
        raise UserError(f"'{found.name}' is no pipeline in diffusers' format.", "Choose a Stable Diffusion 1 or 2.")
    return found


def load_tokenizer(entry: Entry, models: Models) -> WordTokenizer:
    """The tokenizer of its text encoder."""
    from fuse_core.models import backends

    return backends.load_tokenizer(entry.key, pipeline_of(entry, "tokenizer").part("tokenizer"))


def load(entry: Entry, models: Models) -> StableDiffusion:
    """A pipeline that predicts noise or velocity, without its safety checker, which nobody reads."""
    if wheel_folder(PACKAGE) is None:
        raise UserError(
            f"The package '{PACKAGE}' is not installed.", "Run 'pip install -r requirements-diffusion.txt'."
        )
    pipeline = pipeline_of(entry)
    pipeline.check()
    settings = pipeline.json(SCHEDULER)
    if not isinstance(settings, dict):
        raise UserError(f"'{pipeline.name}' lacks its {SCHEDULER}.", FETCH_AGAIN)
    prediction = settings.get("prediction_type", PREDICTIONS[0])
    if prediction not in PREDICTIONS:
        raise UserError(
            f"'{pipeline.name}' predicts '{prediction}', and what is read here predicts noise or velocity.",
            "Choose another pipeline.",
        )
    tokenizer = models.tokenizer(entry.key)
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
    from diffusers.schedulers.scheduling_ddim import DDIMScheduler
    from transformers import AutoTokenizer, CLIPTextModel

    from fuse_core.models.backends import check_vocabulary, frame_of
    from fuse_core.models.pretrained import load_network, load_part
    from fuse_core.models.stable_diffusion import StableDiffusion

    kinds = {"text_encoder": CLIPTextModel, "unet": UNet2DConditionModel, "vae": AutoencoderKL}
    text, unet, vae = (load_network(kind, pipeline.part(name)) for name, kind in kinds.items())
    _check_fit(pipeline.name, text, unet, vae)
    padding = load_part(AutoTokenizer, pipeline.part("tokenizer")).pad_token_id
    begin, end = frame_of(tokenizer)
    # Latents are never clipped, whatever the settings of a scheduler of another class leave unsaid.
    scheduler = DDIMScheduler.from_config({**settings, "clip_sample": False})
    model = StableDiffusion(entry.key, text, tokenizer, begin, end, padding, unet, vae, scheduler)
    check_vocabulary(pipeline.name, tokenizer, len(model.embedding_table))
    return model


def _check_fit(name: str, text: Any, unet: Any, vae: Any) -> None:
    """Raise ``UserError`` when the UNet reads anything but latents, a time and its text encoder's states."""
    seen = unet.config
    channels = {seen.in_channels, seen.out_channels, vae.config.latent_channels}
    others = (seen.class_embed_type, seen.addition_embed_type, seen.encoder_hid_dim_type, seen.time_cond_proj_dim)
    width_fits = seen.cross_attention_dim == text.config.hidden_size
    if len(channels) > 1 or not width_fits or any(others) or not isinstance(seen.sample_size, int):
        raise UserError(
            f"The UNet of '{name}' does not read the latents of a square picture and a text, and nothing else.",
            "Choose a Stable Diffusion 1 or 2 that makes pictures of texts, none for inpainting or upscaling.",
        )


ARCHITECTURE = Architecture(
    name="stable-diffusion",
    title="Stable Diffusion 1 and 2 (StableDiffusionPipeline of diffusers)",
    order=6,
    knows=lambda kind, config: kind == CLASS,
    loaders={"tokenizer": load_tokenizer, "diffusion": load},
    families=(
        Family("clip_text_model", "Stable Diffusion 1", "a folder a part; reads all 77 places; predicts noise"),
        Family("clip_text_model", "Stable Diffusion 2", "predicts velocity; pads with another token than ends a text"),
    ),
    checks=(
        "states of embeddings equal the library's of ids",
        "loss equals a loop over timesteps, one by one",
        "gradient equals finite differences",
    ),
)
