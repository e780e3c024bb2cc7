"""The forward process of diffusion (Ho et al. 2020): a picture's latents, made noisy to chosen degrees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class NoisedLatents:
    """What a denoiser is given, and what it should say.

    Attributes
    ----------
    latents : Tensor, shape = (draws, channels, height, width)
        ``sqrt(abar_t) z + sqrt(1 - abar_t) eps``.
    timesteps : Tensor of int, shape = (draws,)
    targets : Tensor, shape = (draws, channels, height, width)
        The noise ``eps``; for a network that predicts velocities (Salimans and Ho 2022) ``sqrt(abar_t) eps -
        sqrt(1 - abar_t) z``.
    """

    latents: Tensor
    timesteps: Tensor
    targets: Tensor

    @classmethod
    def of(cls, clean: Tensor, scheduler: Any, draws: int, seed: int) -> NoisedLatents:
        """At the middles of equal stretches of time, with noises fixed by the seed on any device.

        As in Li et al. 2023, the same timesteps and noises for every text: losses of two texts differ by the texts.

        Parameters
        ----------
        clean : Tensor, shape = (channels, height, width)
        scheduler : one of diffusers' that knows ``add_noise`` and ``get_velocity``
        draws : int
        """
        steps = scheduler.config.num_train_timesteps
        timesteps = torch.tensor([(2 * k + 1) * steps // (2 * draws) for k in range(draws)])
        generator = torch.Generator().manual_seed(seed)
        noise = torch.randn((draws, *clean.shape), generator=generator).to(clean.dtype)
        whole = clean.cpu().expand_as(noise)
        velocity = scheduler.config.prediction_type == "v_prediction"
        targets = scheduler.get_velocity(whole, noise, timesteps) if velocity else noise
        parts = (scheduler.add_noise(whole, noise, timesteps), timesteps, targets)
        return cls(*(part.to(clean.device) for part in parts))

    @classmethod
    def together(cls, several: Sequence[NoisedLatents]) -> NoisedLatents:
        """Those of several pictures, one after the other."""
        return cls(
            *(torch.cat([getattr(one, name) for one in several]) for name in ("latents", "timesteps", "targets"))
        )

    def __len__(self) -> int:
        return len(self.timesteps)
