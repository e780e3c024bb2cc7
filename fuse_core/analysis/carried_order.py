"""How well a target's gradient orders tokens, read at the places they are carried to: Spearman, and share of its own.

Scores are ``-g . c(v)`` (FUSE, arXiv 2408.04816): ``g`` the target's gradient at a word after the prompt, ``c(v)``
where an adapter of any kind carries token ``v``. The target's own order has the mean embedding of its text there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from fuse_core.analysis.fidelity import CONTEXTS, EncodedTexts, measure_context
from fuse_core.analysis.paired import bootstrap_mean
from fuse_core.common.progress import Progress
from fuse_core.common.rank_correlation import spearman
from fuse_core.library import Library
from fuse_core.objective.image_term import ImageTerm
from fuse_core.search.config import PROBE_WORDS
from fuse_core.search.gradient_route import GradientRoute
from fuse_core.search.presets import load_preset

OWN = "own"  # the target's own order among the carried ones


@dataclass(frozen=True)
class Order:
    """How well candidates are ordered, over pictures and contexts.

    Attributes
    ----------
    spearman : float
        Mean rank correlation with the true gain.
    share : float
        Mean of that as a share of the target's own gradient's, context by context.
    low, high : float
        Of the share, 95 % interval: pictures drawn anew, with replacement.
    """

    spearman: float
    share: float
    low: float
    high: float


def carried_orders(
    library: Library,
    target: str,
    pictures: Mapping[str, Image.Image],
    texts: Sequence[str],
    places: Mapping[str, Tensor],
    parts: Mapping[str, slice],
    progress: Progress,
    encoded: EncodedTexts | None = None,
) -> dict[str, dict[str, Order]]:
    """Measure orders of candidate tokens, with the gradient averaged over the words of a search.

    Parameters
    ----------
    target : str
        An image-text model.
    pictures : mapping
        Name -> picture, one or more.
    texts : sequence of str
        The candidates' texts.
    places : mapping
        Name -> where the candidates are carried to, shape = (candidates, d_tgt); ``OWN`` must be among them.
    parts : mapping
        Name -> which of the candidates an order is told of.
    encoded : EncodedTexts, optional
        Shared with other calls on the same texts.

    Returns
    -------
    dict
        Part -> name -> Order.

    Notes
    -----
    One target encoding of ``candidates x contexts`` texts, shared by the pictures.
    """
    model, config = library.image_text(target), load_preset("offline-plain")
    candidates, encoded = torch.arange(len(texts)), encoded or EncodedTexts()
    found: dict[str, list[list[dict[str, float]]]] = {part: [[] for _ in pictures] for part in parts}
    total = len(pictures) * len(CONTEXTS)
    for done, (name, image) in enumerate(pictures.items()):
        vector = model.encode_image(image).to(model.embedding_table.device)
        term = ImageTerm(model, vector, config.image_weight, *config.around_image)
        routes = {kind: GradientRoute(term, table) for kind, table in places.items()}
        for k, context in enumerate(CONTEXTS):
            shown = context.strip() or "nothing"
            progress((done * len(CONTEXTS) + k) / total, f"{name}, after “{shown}”: scoring {len(texts):,} candidates")
            measured = measure_context(term, context, candidates, texts, routes, PROBE_WORDS, encoded)
            scores = measured.scores(PROBE_WORDS)
            for part, chosen in parts.items():
                losses = measured.losses[chosen]
                found[part][done].append({kind: spearman(scores[kind][chosen], -losses) for kind in places})
    return {part: {kind: _order(by_picture, kind) for kind in places} for part, by_picture in found.items()}


def _order(by_picture: Sequence[Sequence[Mapping[str, float]]], kind: str) -> Order:
    own, carried = (np.array([[c[name] for c in contexts] for contexts in by_picture]) for name in (OWN, kind))
    share = bootstrap_mean((carried / own).mean(1).tolist())  # one value a picture: its contexts go together
    return Order(float(carried.mean()), share.mean, share.low, share.high)
