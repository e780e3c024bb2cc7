"""A diffusion model's term of the objective: how well a prompt helps it to tell a picture from noise."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from fuse_core.models.noised_latents import NoisedLatents
from fuse_core.models.protocols import DenoisingModel
from fuse_core.objective.reading_term import ReadingTerm


@dataclass(frozen=True)
class DenoisingTerm(ReadingTerm[DenoisingModel]):
    """Denoising loss of a latent diffusion model (Ho et al. 2020, Rombach et al. 2022), given the text.

    ``mean_k |eps_k - eps_theta(sqrt(abar_k) z + sqrt(1 - abar_k) eps_k, t_k, text)|^2``, a mean over the latents'
    numbers, too. Its gradient at the text is what prompts for a picture are found by (Mahajan et al. 2024).

    Attributes
    ----------
    model : DenoisingModel
    noised : NoisedLatents
        Of the picture or the pictures, made once: the same for every text.
    weight : float
    prefix, suffix : str
    """

    model: DenoisingModel
    noised: NoisedLatents = field(repr=False)
    weight: float = 1.0
    prefix: str = ""
    suffix: str = ""

    def loss_of(self, outputs: Tensor) -> Tensor:
        """States of the text encoder (texts, width) -> (texts,)."""
        return self.model.denoising_losses(outputs, self.noised)
