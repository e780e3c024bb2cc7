"""One bucket of a fit under the magnifying glass: its ridge path, its spectrum, its pseudoinverse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.adapter.first_token import split_first_token
from fuse_core.adapter.least_squares import word_parts
from fuse_core.adapter.normal_equations import normal_equations
from fuse_core.adapter.ridge import RidgePath
from fuse_core.analysis.ridge_curve import RidgeCurve, ridge_curve
from fuse_core.analysis.spectrum import FrequencySpectrum, PenroseResiduals, penrose_residuals, spectra
from fuse_core.common.progress import Progress
from fuse_core.words.word_tensors import word_tensor

PENROSE_WORDS = 512  # a sample: the check needs tensors of words x words


@dataclass(frozen=True)
class BucketAnalysis:
    """What the data of a bucket say of its fit.

    Attributes
    ----------
    bucket : (int, int)
        ``(i, j)``, ``i = 0`` under ``target`` bucketing.
    words : int
        Training words.
    curve : RidgeCurve
    spectra : list of FrequencySpectrum
        Of the training words' tensor ``A``.
    penrose : PenroseResiduals
        Of a sample of at most 512 training words.
    """

    bucket: tuple[int, int]
    words: int
    curve: RidgeCurve
    spectra: list[FrequencySpectrum]
    penrose: PenroseResiduals


def analyse_bucket(
    source: Tensor,
    target: Tensor,
    rows: Sequence[BucketRow],
    bucket: tuple[int, int],
    separate: bool,
    progress: Progress | None = None,
) -> BucketAnalysis:
    """Analyse the regression of one bucket, all of it in float64.

    Parameters
    ----------
    source : Tensor, shape = (vocabulary, d_src)
    target : Tensor, shape = (vocabulary, d_tgt)
    rows : sequence of BucketRow
        The bucket's words, training and held-out.
    separate : bool
        Whether first tokens have channels of their own (``fuse_core.adapter.adapter.has_first_token_block``).

    Notes
    -----
    Of ``n`` words: ``O(n d_src (d_src + d_tgt) l)`` for the Gram tensors and ``O(m**3 l)`` for the decompositions.
    """
    report_progress = progress or (lambda share, what: None)
    training = [row for row in rows if not row.heldout]
    heldout = [row for row in rows if row.heldout]
    with torch.no_grad():
        report_progress(0.05, f"Summing the products of {len(rows):,} words")
        system = normal_equations(source, target, training, bucket, separate)
        others = normal_equations(source, target, heldout, bucket, separate)
        report_progress(0.3, "Decomposing the Gram matrices")
        path = RidgePath.of_normal_equations(system)
        report_progress(0.55, "Following the ridge path")
        parts = partial(word_parts, source, target, training, bucket, separate, fold=False)
        curve = ridge_curve(path, parts, others)
        report_progress(0.7, "Checking the pseudoinverse")
        penrose = penrose_residuals(word_sample(source, training, bucket, separate, PENROSE_WORDS))
    return BucketAnalysis(bucket, len(training), curve, spectra(path), penrose)


def word_sample(table: Tensor, rows: Sequence[BucketRow], bucket: tuple[int, int], separate: bool, most: int) -> Tensor:
    """The word tensor ``A`` of at most so many of the rows, spread over them evenly, in float64."""
    l = max(bucket)
    chosen = rows[:: -(-len(rows) // most)]
    a = word_tensor(table, [row.source for row in chosen], l).double()
    return split_first_token(a, l) if separate else a
