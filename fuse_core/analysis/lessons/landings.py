"""Chapter 7: where words land when a map of FUSE (arXiv 2408.04816) takes them to the target's space, in a plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from fuse_core.analysis.lessons import pair_words
from fuse_core.analysis.lessons.recorded import RecordedLesson
from fuse_core.analysis.mapped_word import map_word
from fuse_core.analysis.retrieval import TokenSearch, mean_accuracy, retrieval_accuracy
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress, part_of
from fuse_core.library import Library

WORDS = ("goat", "bird", "elephant", "monkey", "soup", "chocolate", "plane", "taxi", "piano")  # held out of the fit
MOST = 12  # words at a time
NEAR = 3  # nearest tokens shown of each
Place = tuple[float, float]


@dataclass(frozen=True)
class Landed:
    """One target token of a word, where it is, and where the word's image for it lands.

    Attributes
    ----------
    word, token : str
    known : str
        "training" and "held-out" words of the fit, and "unseen" ones.
    true, mapped : (float, float)
        In the plane.
    cosine : float
        Of the two.
    rank : int
        1 when no other token of the target's vocabulary is nearer to the image.
    nearest : tuple of str
        The nearest tokens.
    """

    word: str
    token: str
    known: str
    true: Place
    mapped: Place
    cosine: float
    rank: int
    nearest: tuple[str, ...]


@dataclass(frozen=True)
class Neighbourhood:
    """Words' tokens and images in the principal plane of directions of these tokens and of the images' neighbours.

    Attributes
    ----------
    landed : list of Landed
    others : list of (str, float, float)
        Tokens near an image that are nobody's own.
    shares : (float, float)
        Of the tokens' variance that either axis holds.
    vocabulary : int
        Tokens that compete.
    """

    landed: list[Landed]
    others: list[tuple[str, float, float]]
    shares: tuple[float, float]
    vocabulary: int


def land(library: Library, words: Sequence[str], progress: Progress | None = None) -> Neighbourhood:
    """Map words and find the plane they are best seen in; directions alone count, as for the cosine.

    Raises
    ------
    UserError
        For no words, too many, or one that cannot be mapped.
    """
    if not 0 < len(words) <= MOST:
        raise UserError(f"There are {len(words)} words.", f"Type 1 to {MOST}, with spaces between them.")
    report_progress = progress or (lambda share, what: None)
    known = pair_words.pair_words(library, part_of(report_progress, 0.0, 0.5))
    source, target = known.source, known.target
    pair = pair_words.SOURCE, pair_words.TARGET
    adapter = library.adapter(*pair, pair_words.OPTIONS, part_of(report_progress, 0.5, 0.9))
    search = library.once(("token search", pair[1]), lambda: TokenSearch(target.table))
    found = [map_word(word, adapter, source, target, search) for word in words]
    with torch.no_grad():
        images = [adapter.map_words(source.table[list(w.source)].T.unsqueeze(0), len(w.target)) for w in found]
        mapped = normalize(torch.cat([image[0].T for image in images if image is not None]).double(), dim=1)
    slots = [(word, slot) for word in found for slot in word.slots]
    own = [slot.token for _, slot in slots]
    near = [token for _, slot in slots for token, _ in slot.nearest[:NEAR]]
    tokens = list(dict.fromkeys([*own, *near]))
    mean, axes, shares = principal_plane(search.unit[tokens].double())
    places = dict(zip(tokens, _places(search.unit[tokens].double(), mean, axes), strict=True))
    name = {token: target.tokenizer.token_name(token) for token in tokens}
    landed = []
    for (word, slot), place in zip(slots, _places(mapped, mean, axes), strict=True):
        names = tuple(name[token] for token, _ in slot.nearest[:NEAR])
        part = _part(known, word.text, (len(word.source), len(word.target)))
        true = places[slot.token]
        landed.append(Landed(word.text, name[slot.token], part, true, place, slot.cosine, slot.rank, names))
    others = [(name[token], *places[token]) for token in tokens if token not in own]
    return Neighbourhood(landed, others, shares, search.size)


def principal_plane(vectors: Tensor) -> tuple[Tensor, Tensor, tuple[float, float]]:
    """Mean (d,), the first two principal axes (d, 2), and their shares of the variance, of vectors (n, d)."""
    mean = vectors.mean(0)
    _, sizes, axes = torch.linalg.svd(vectors - mean, full_matrices=False)
    shares = sizes.square() / sizes.square().sum().clamp_min(1e-300)
    two = torch.zeros(vectors.shape[1], 2, dtype=vectors.dtype, device=vectors.device)
    two[:, : len(axes[:2])] = axes[:2].T
    return mean, two, (float(shares[0]), float(shares[1:2].sum()))


def _places(vectors: Tensor, mean: Tensor, axes: Tensor) -> list[Place]:
    return [(x, y) for x, y in ((vectors - mean) @ axes).tolist()]


def _part(known: pair_words.PairWords, word: str, bucket: tuple[int, int]) -> str:
    row = next((row for row in known.rows.get(bucket, ()) if row.word == word), None)
    return "unseen" if row is None else "held-out" if row.heldout else "training"


def counted(library: Library, progress: Progress | None = None) -> dict[str, Any]:
    """How often a held-out word's token is the nearest, and among the ten nearest, over all buckets: seconds."""
    report_progress = progress or (lambda share, what: None)
    known = pair_words.pair_words(library, part_of(report_progress, 0.0, 0.4))
    adapter = library.adapter(pair_words.SOURCE, pair_words.TARGET, pair_words.OPTIONS)
    search = library.once(("token search", pair_words.TARGET), lambda: TokenSearch(known.target.table))
    found = retrieval_accuracy(known.source.table, search, adapter.maps, known.rows, part_of(report_progress, 0.4, 1.0))
    top1, top10 = mean_accuracy(found)
    buckets = [[r.bucket, r.words, r.top1, r.top10] for r in found]
    return {"top1": top1, "top10": top10, "chance10": found[0].chance10, "buckets": buckets}


def _measure(library: Library) -> dict[str, Any]:
    pair = {"source": pair_words.SOURCE, "target": pair_words.TARGET}
    return pair | {"neighbourhood": asdict(land(library, WORDS)), "counted": counted(library)}


LESSON = RecordedLesson("landing", 7, _measure)
