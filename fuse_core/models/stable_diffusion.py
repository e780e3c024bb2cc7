"""Stable Diffusion 1 and 2 (Rombach et al. 2022) as a reader of texts: how well one tells a noisy picture's noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Self

import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from PIL import Image
from torch import Tensor
from torch.utils.checkpoint import checkpoint
from transformers import CLIPTextModel

from fuse_core.common.batch_limit import BatchLimit
from fuse_core.common.errors import UserError
from fuse_core.models.clip import clip_states
from fuse_core.models.noised_latents import NoisedLatents
from fuse_core.models.wrapped import FramedNetwork
from fuse_core.tensor.precision import widened
from fuse_core.words.tokenizer import WordTokenizer

AT_ONCE = 1 << 22  # numbers of the UNet's widest feature maps that fill a processor: three passes of version 1
MAPS, MAPS_OF_GRADIENT = 40, 400  # of those that one pass holds, measured of version 1: without, with a gradient
LATENTS = "latent"  # diffusers' word for a picture that was not decoded


class StableDiffusion(FramedNetwork[CLIPTextModel]):
    """A pipeline of diffusers behind the ``DenoisingModel`` protocol.

    Its vectors are the text encoder's states at all places of the context, one after the other: what the UNet attends
    to. The picture's autoencoder stays in single precision, which half of it would overflow.

    Parameters
    ----------
    key : str
    text : CLIPTextModel
    tokenizer : WordTokenizer
    begin, end : tuple of int
        Special tokens put around every text.
    padding : int
        What fills every text up to the full context.
    unet : UNet2DConditionModel
    vae : AutoencoderKL
    scheduler : DDIMScheduler
        Knows how much noise there is at a timestep, and what the UNet predicts.
    """

    def __init__(
        self,
        key: str,
        text: CLIPTextModel,
        tokenizer: WordTokenizer,
        begin: tuple[int, ...],
        end: tuple[int, ...],
        padding: int,
        unet: Any,
        vae: Any,
        scheduler: Any,
    ) -> None:
        super().__init__(key, text, tokenizer, begin, end, padding)
        self.unet, self.vae = unet.eval().requires_grad_(False), vae.eval().requires_grad_(False)
        self.scheduler = scheduler

    def to(self, device: torch.device, dtype: torch.dtype | None = None) -> Self:
        """Move the weights to a device, in place, and make those of text encoder and UNet of a type."""
        super().to(device, dtype)
        self.unet.to(device, dtype)
        self.vae.to(device)
        return self

    @property
    def width(self) -> int:
        return self.max_length * self.network.config.hidden_size

    def encode_embeddings(self, sequences: Sequence[Tensor]) -> Tensor:
        """States for input embeddings, each (tokens, d) without special tokens; differentiable.

        Returns
        -------
        Tensor, shape = (texts, context * d)
        """
        states = clip_states(self.network, torch.stack(self.framed(sequences)))
        return widened(self.network.final_layer_norm(states)).flatten(1)

    @torch.no_grad()
    def noised(self, image: Image.Image, draws: int, seed: int) -> NoisedLatents:
        """A picture's latents with noise: the middle square of it, at as many timesteps as there are draws."""
        pipeline = self._pipeline()
        side = self.unet.config.sample_size * pipeline.vae_scale_factor
        pixels = pipeline.image_processor.preprocess(image, side, side, resize_mode="crop")
        mean = self.vae.encode(pixels.to(self.vae.device, self.vae.dtype)).latent_dist.mean[0]
        return NoisedLatents.of(mean * self.vae.config.scaling_factor, self.scheduler, draws, seed)

    def denoising_losses(self, states: Tensor, noised: NoisedLatents) -> Tensor:
        """Mean squared error of what the UNet predicts, over all draws: (texts, context * d) -> (texts,).

        Differentiable; in float32 whatever the weights are in. One pass of the UNet a text and draw, one more and one
        back for the gradient, a few at a time: what they hold is computed anew for the way back, and not kept.
        """
        texts, draws = len(states), len(noised)
        pairs = torch.arange(texts * draws, device=states.device)
        limit = self._gradient_limit if states.requires_grad else self._limit
        errors: list[Tensor] = []
        done = 0

        def some(count: int) -> Any:
            now = pairs[done : done + count]
            rows, draw = states[now // draws], now % draws
            return checkpoint(self._errors, rows, noised, draw, use_reentrant=False, preserve_rng_state=False)

        while done < len(pairs):
            errors.append(limit.attempt(states.device, len(pairs) - done, some))
            done += len(errors[-1])
        return torch.cat(errors).view(texts, draws).mean(1)

    def _errors(self, states: Tensor, noised: NoisedLatents, draws: Tensor) -> Tensor:
        """Squared error of each text at each draw, (pairs, context * d) and (pairs,) -> (pairs,)."""
        dtype = self.unet.dtype
        predicted = self.unet(
            noised.latents[draws].to(dtype),
            noised.timesteps[draws],
            encoder_hidden_states=self._sequence(states).to(dtype),
        ).sample
        return (widened(predicted) - noised.targets[draws]).square().mean((1, 2, 3))

    @torch.no_grad()
    def picture(
        self, text: str, steps: int = 30, seed: int = 0, progress: Callable[[float], None] = lambda share: None
    ) -> Image.Image:
        """The picture that a text makes, by DDIM (Song et al. 2021) under classifier-free guidance.

        Two passes of the UNet a step: with version 1 and 30 steps ten minutes of a processor's core. ``progress`` is
        told the share done.

        Raises
        ------
        UserError
            When the text is longer than the model's context.
        """
        ids = self.tokenizer.encode(text)
        if len(ids) + len(self.begin) + len(self.end) > self.max_length:
            raise UserError(
                f"The text has {len(ids)} tokens, more than {self.key} reads.", "Take away some of its words."
            )
        pipeline, dtype = self._pipeline(), self.unet.dtype
        wanted, nothing = self._sequence(self.encode_ids([ids, []])).to(dtype).split(1)

        def report(pipeline: object, step: int, time: object, kept: dict) -> dict:
            progress((step + 1) / steps)
            return kept

        latents = pipeline(
            prompt_embeds=wanted,
            negative_prompt_embeds=nothing,
            num_inference_steps=steps,
            generator=torch.Generator().manual_seed(seed),
            output_type=LATENTS,
            callback_on_step_end=report,
        ).images
        pixels = self.vae.decode(latents.to(self.vae.dtype) / self.vae.config.scaling_factor).sample
        return pipeline.image_processor.postprocess(pixels)[0]

    def _sequence(self, states: Tensor) -> Tensor:
        """(texts, context * d) -> (texts, context, d)."""
        return states.unflatten(1, (self.max_length, -1))

    def _pipeline(self) -> Any:
        """One of its own for every use: it keeps the state of the run it makes."""
        made = StableDiffusionPipeline(
            vae=self.vae,
            text_encoder=self.network,
            tokenizer=None,  # type: ignore[arg-type]
            unet=self.unet,
            scheduler=DDIMScheduler.from_config(self.scheduler.config),  # type: ignore[arg-type]
            safety_checker=None,  # type: ignore[arg-type]
            feature_extractor=None,  # type: ignore[arg-type]
            requires_safety_checker=False,
        )
        made.set_progress_bar_config(disable=True)
        return made

    @cached_property
    def _limit(self) -> BatchLimit:
        return self._passes(MAPS)

    @cached_property
    def _gradient_limit(self) -> BatchLimit:
        return self._passes(MAPS_OF_GRADIENT)

    def _passes(self, maps: int) -> BatchLimit:
        numbers = self.unet.config.block_out_channels[0] * self.unet.config.sample_size**2
        return BatchLimit(max(1, AT_ONCE // numbers), 4 * maps * numbers)
