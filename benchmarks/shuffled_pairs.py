"""Why a map fitted to shuffled pairs orders words at all: ``python -m benchmarks.shuffled_pairs``.

The experiment *robustness* has a control, a fit to pairs that mean nothing. Cross-validation gives it a ridge so large
that ``(A'A + ridge)⁻¹ A'B`` tends to ``A'B / ridge``; shuffled, ``A'B`` is, but for chance, ``n`` times the outer
product of the mean embeddings. Such a map orders words by how far they lie along the source's mean, whatever the goal.
Here are the control, several times over; that outer product; and the order by frequency in running text.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

import torch
from torch import Tensor

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.bucket_rows import BucketRow, sorted_rows, word_rows
from fuse_core.adapter.fit import FitOptions, VocabularySide, adapter_info
from fuse_core.adapter.least_squares import solve_map
from fuse_core.analysis.experiments.robustness import SIZES, candidate_words, loss_term, starts_and_goals
from fuse_core.analysis.experiments.word_order import OWN, gradients_after, order_correlations, true_losses
from fuse_core.cli.text_table import markdown_table
from fuse_core.common.rank_correlation import spearman
from fuse_core.library import Library
from fuse_core.words.corpus import english

KEY = (1, 1)  # the bucket of the words that are judged, one token on either side
SETTINGS = SIZES["large"]


def controls(
    source: VocabularySide, target: VocabularySide, rows: Sequence[BucketRow], times: int
) -> tuple[dict[str, Tensor], list[float]]:
    """Maps by name, and the ridges of the shuffled ones: fitted, to shuffled pairs, and the means' outer product."""
    maps, ridges = {"fuse": solve_map(source.table, target.table, rows, KEY, False, "auto")[0]}, []
    for seed in range(times):
        order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed)).tolist()
        mixed = [replace(row, target=rows[k].target) for row, k in zip(rows, order, strict=True)]
        maps[f"shuffled {seed}"], ridge = solve_map(source.table, target.table, mixed, KEY, False, "auto")
        ridges.append(ridge)
    x, y = (t[torch.tensor(ids)].mean(0) for t, ids in zip((source.table, target.table), _ids(rows), strict=True))
    maps["means"] = torch.outer(x, y).unsqueeze(2)
    return maps, ridges


def _ids(rows: Sequence[BucketRow]) -> tuple[list[int], list[int]]:
    return [row.source[0] for row in rows], [row.target[0] for row in rows]


def row(library: Library, pair: str, times: int) -> dict[str, object]:
    """One pair ``source:target``: mean Spearman correlations with the true gain, over the texts."""
    key, other = pair.split(":")
    options = FitOptions(examples=SETTINGS["examples"], words=SETTINGS["corpus"], max_tokens=SETTINGS["max_tokens"])
    source, target = library.vocabulary_side(key), library.vocabulary_side(other)
    corpus, words = library.fit_corpus(key, options), candidate_words(library, SETTINGS)
    known = word_rows(source.tokenizer, target.tokenizer, corpus)
    rows = sorted_rows(known, options.bucketing, options.max_tokens, options.examples)[KEY]
    maps, ridges = controls(source, target, [row for row in rows if not row.heldout], times)
    info = adapter_info(source, target, corpus, options)
    adapters = {name: Adapter(info, {KEY: one}) for name, one in maps.items()}
    ids = torch.tensor([found[0] for found in source.tokenizer.encode_words(words)])
    place = {word: k for k, word in enumerate(english(SETTINGS["corpus"]).words)}  # most frequent first
    found: dict[str, list[float]] = {}
    for context, goal in starts_and_goals(SETTINGS):
        term = loss_term(library, other, goal)
        losses = true_losses(term, context, words)
        each = order_correlations(term, source.table, ids, words, adapters, losses, gradients_after(term, context))
        each["frequency"] = spearman([-place[word] for word in words], (-losses).tolist())
        for name, value in each.items():
            found.setdefault(name, []).append(value)
    mean = {name: fmean(values) for name, values in found.items()}
    shuffled = [mean[f"shuffled {seed}"] for seed in range(times)]
    return {
        "pair": f"{key} → {other}",
        "target's own": f"{mean[OWN]:.2f}",
        "fuse": f"{mean['fuse']:.2f}",
        "shuffled, mean (least to most)": f"{fmean(shuffled):+.2f} ({min(shuffled):+.2f} to {max(shuffled):+.2f})",
        "its ridge, times the mean eigenvalue of A'A": f"{fmean(ridges) / _eigenvalue(source, rows):.1f}",
        "outer product of the means": f"{mean['means']:+.2f}",
        "order by frequency": f"{mean['frequency']:+.2f}",
    }


def _eigenvalue(source: VocabularySide, rows: Sequence[BucketRow]) -> float:
    """The mean one of ``A'A``: its trace over its size."""
    table = source.table[torch.tensor([row.source[0] for row in rows if not row.heldout])]
    return float(table.square().sum()) / table.shape[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", nargs="+", default=["smollm2:minilm", "minilm:smollm2"], metavar="SOURCE:TARGET")
    parser.add_argument("--times", type=int, default=4, metavar="N", help="shuffles (%(default)s)")
    options = parser.parse_args()
    library = Library()
    print(markdown_table([row(library, pair, options.times) for pair in options.pairs]))


if __name__ == "__main__":
    main()
