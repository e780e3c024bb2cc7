"""``denoising``: how well the prompt helps a diffusion model to tell the run's pictures from noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.common.errors import UserError
from fuse_core.common.pictures import small_copy
from fuse_core.models.entry import DIFFUSION
from fuse_core.models.noised_latents import NoisedLatents
from fuse_core.objective.denoising_term import DenoisingTerm
from fuse_core.search.terms.term_kind import TermKind, Wish

if TYPE_CHECKING:
    from fuse_core.library import Library
    from fuse_core.search.objective_config import ObjectiveConfig
    from fuse_core.search.term_config import TermConfig

DRAWS, SEED = 4, 0  # of timesteps and noises, a picture: the same in every run, so that losses of two runs compare


def make(library: Library, wish: Wish) -> DenoisingTerm:
    """Load the model and make the pictures noisy: as many passes of its UNet a prompt as there are draws."""
    if not wish.goal.pictures:
        raise UserError("There is no picture for the diffusion model to denoise.", "Give one, or drop the term.")
    model = library.diffusion(wish.model)
    # Of the copy that a saved run holds, so that one that is read from its file goes on the same.
    copies = [small_copy(picture) for picture in wish.goal.pictures]
    noised = NoisedLatents.together([model.noised(copy, DRAWS, SEED) for copy in copies])
    return DenoisingTerm(model, noised, wish.weight, wish.prefix, wish.suffix)


TERM = TermKind(
    "denoising",
    "diffusion model",
    "a diffusion model's error at denoising the pictures",
    DIFFUSION,
    make,
    order=1,
    looks_at_pictures=True,
)


def denoising_term(config: ObjectiveConfig) -> TermConfig | None:
    """The first term of this kind that settings ask for."""
    return next((term for term in config.further if term.kind == TERM.name), None)
