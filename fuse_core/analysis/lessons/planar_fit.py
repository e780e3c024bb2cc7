"""Chapter 5: why a map of FUSE (arXiv 2408.04816) is a pseudoinverse, on four words and on a bucket of thousands.

The four are real words, small enough to be seen: three numbers each from the source's embeddings, their coordinates
along the singular directions of the four, and two from the target's, those in the principal plane of the four.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from fuse_core.adapter.map import has_first_token_block
from fuse_core.adapter.normal_equations import normal_equations
from fuse_core.analysis.bucket_analysis import word_sample
from fuse_core.analysis.lessons import pair_words
from fuse_core.analysis.lessons.recorded import RecordedLesson
from fuse_core.analysis.spectrum import gram_spectra, penrose_residuals
from fuse_core.common.progress import Progress, part_of
from fuse_core.library import Library
from fuse_core.tensor.solve import tpinv

WORDS = ("cat", "car", "train", "dog")
BUCKETS = ((1, 1), (2, 3), (3, 3))
PENROSE_WORDS = 128


@dataclass(frozen=True)
class PlanarFit:
    """The least-squares map of the first words, and where it takes all.

    Attributes
    ----------
    matrix : Tensor, shape = (3, 2)
        ``M = A⁺ B``.
    mapped : Tensor, shape = (words, 2)
        ``A M``, of the words that were left out, too.
    missed : Tensor, shape = (words,)
        Distance to where each belongs.
    rank : int
        Of the words fitted on.
    condition : float
        Largest over smallest of their ``min(n, 3)`` singular values; infinite below full rank.
    """

    matrix: Tensor
    mapped: Tensor
    missed: Tensor
    rank: int
    condition: float


def planar_fit(a: Tensor, b: Tensor, used: int, third: float = 1.0) -> PlanarFit:
    """Fit the first words and map all.

    Parameters
    ----------
    a : Tensor, shape = (words, 3)
    b : Tensor, shape = (words, 2)
    used : int
        Words fitted on, from 1 up.
    third : float
        What the source's third number is multiplied with: at 0 the words lie in a plane of the source.
    """
    a = a.double() * torch.tensor([1.0, 1.0, third], dtype=torch.float64, device=a.device)
    b = b.double()
    matrix = tpinv(a[:used].unsqueeze(2))[:, :, 0] @ b[:used]
    sizes = torch.linalg.svdvals(a[:used])
    rank = int((sizes > sizes[0] * 3 * torch.finfo(torch.float64).eps).sum())
    condition = float(sizes[0] / sizes[-1]) if rank == len(sizes) else math.inf
    mapped = a @ matrix
    return PlanarFit(matrix, mapped, (mapped - b).norm(dim=1), rank, condition)


def few_numbers(table: Tensor, count: int) -> Tensor:
    """Coordinates of vectors in their own singular directions, scaled to one in the mean square; (n, d) -> (n, count).

    Rounded to two decimals: numbers to be read, not to be computed with.
    """
    left, sizes, _ = torch.linalg.svd(table.double(), full_matrices=False)
    found = (left * sizes)[:, :count]
    return (found / found.square().mean().sqrt()).round(decimals=2)


def bucket_facts(library: Library, bucket: tuple[int, int], progress: Progress | None = None) -> dict[str, Any]:
    """Sizes, rank, conditioning and Penrose residuals of a real bucket, as plain values.

    The Penrose identities are checked on a sample of ``PENROSE_WORDS``, so that no bucket takes two seconds once the
    words are sorted; ``analyse_bucket`` has a larger one.
    """
    report_progress = progress or (lambda share, what: None)
    known = pair_words.pair_words(library, part_of(report_progress, 0.0, 0.5))
    separate = has_first_token_block("pair", pair_words.OPTIONS.separate_first, bucket[0])
    source, target = known.source.table, known.target.table
    training = [row for row in known.rows[bucket] if not row.heldout]
    with torch.no_grad():
        report_progress(0.5, f"Summing the products of {len(training):,} words")
        system = normal_equations(source, target, training, bucket, separate)
        report_progress(0.7, "Decomposing the Gram matrices")
        spectra = gram_spectra(system.gram)
        report_progress(0.85, "Checking the pseudoinverse")
        penrose = penrose_residuals(word_sample(source, training, bucket, separate, PENROSE_WORDS))
    m, p, l = system.cross.shape
    return {
        "bucket": bucket,
        "a": [len(training), m, l],
        "b": [len(training), p, l],
        "spectra": [
            {"frequency": s.frequency, "largest": s.values[0], "smallest": s.values[-1], "rank": s.rank}
            for s in spectra
        ],
        "penrose": asdict(penrose),
    }


def four_words(library: Library, words: Sequence[str] = WORDS) -> dict[str, Any]:
    """The words in few numbers: ``a`` three each, ``b`` two each, of words of one token under both models."""
    values: dict[str, Any] = {"words": list(words)}
    sides = (("a", pair_words.SOURCE, 3), ("b", pair_words.TARGET, 2))
    for name, key, count in sides:
        side = library.vocabulary_side(key)
        ids = [ids[0] for ids in side.tokenizer.encode_words(list(words))]
        table = side.table[ids]
        # In the source no word is at the origin, which a map without a constant leaves where it is.
        values[name] = few_numbers(table - table.mean(0) if name == "b" else table, count).tolist()
    return values


def _measure(library: Library) -> dict[str, Any]:
    pair = {"source": pair_words.SOURCE, "target": pair_words.TARGET}
    return pair | four_words(library) | {"buckets": [bucket_facts(library, bucket) for bucket in BUCKETS]}


LESSON = RecordedLesson("pseudoinverse", 5, _measure)
