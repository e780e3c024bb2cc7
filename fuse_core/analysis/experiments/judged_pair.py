"""One pair of models: how much its tokenizers agree, how well maps are fitted, how well gradients order words."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.bucket_rows import BucketRow, sorted_rows, word_rows
from fuse_core.adapter.fit import FitOptions, VocabularySide, fit_adapter
from fuse_core.adapter.least_squares import solve_map
from fuse_core.analysis.experiments.experiment import Row
from fuse_core.analysis.experiments.picture_cells import with_interval
from fuse_core.analysis.experiments.word_order import OWN, gradients_after, order_correlations, true_losses
from fuse_core.common.devices import CPU
from fuse_core.common.progress import Progress, part_of
from fuse_core.objective.target_term import TargetGradient, TargetTerm
from fuse_core.words.corpus import Corpus

SEED = 0
Measured = tuple[Tensor, list[TargetGradient]]  # true losses of the candidates, and the target's own gradients
Once = Callable[[Hashable, Callable[[], Measured]], Measured]  # keeps what is made under a key, as ``Library.once``


def shuffled_adapter(
    source: VocabularySide, target: VocabularySide, rows: dict[tuple[int, int], list[BucketRow]], like: Adapter
) -> Adapter:
    """An adapter for words of one source token, fitted as ``like`` was but to pairs that mean nothing."""
    rng, maps = torch.Generator().manual_seed(SEED), {}
    for key, part in rows.items():
        training = [row for row in part if not row.heldout]
        if key[0] == 1 and key in like.maps:
            order = torch.randperm(len(training), generator=rng).tolist()
            mixed = [replace(row, target=training[k].target) for row, k in zip(training, order, strict=True)]
            maps[key], _ = solve_map(source.table, target.table, mixed, key, False, "auto")
    return Adapter(like.info, maps)


def agreement(rows: Sequence[BucketRow], corpus: Corpus, max_tokens: int) -> Row:
    """``coverage``: share of occurrences with at most so many tokens on either side; ``differing``: of those that are
    cut into other numbers of tokens."""
    total = sum(corpus.weights)
    inside = [row for row in rows if max(len(row.source), len(row.target)) <= max_tokens]
    differing = sum(row.weight for row in rows if len(row.source) != len(row.target))
    return {"coverage": sum(row.weight for row in inside) / total, "differing": differing / total}


def judge_pair(
    sides: tuple[VocabularySide, VocabularySide],
    corpora: tuple[Corpus, Corpus],
    options: FitOptions,
    terms: Sequence[tuple[str, TargetTerm]],
    words: Sequence[str],
    once: Once,
    progress: Progress,
) -> Row:
    """Fit a pair and measure it.

    Parameters
    ----------
    corpora : (Corpus, Corpus)
        What maps are fitted on, and running text that agreement is told of.
    terms : sequence of (str, TargetTerm)
        Contexts, and the target's loss after each.
    words : sequence of str
        Candidates, held out of every fit.
    once : callable
        Keeps what other sources of the same target share.

    Notes
    -----
    One fit, and ``len(terms) x len(words)`` short texts under the target.
    """
    source, target = sides
    adapter = fit_adapter(source, target, corpora[0], options, part_of(progress, 0.0, 0.4))
    known = word_rows(source.tokenizer, target.tokenizer, corpora[0])
    rows = sorted_rows(known, options.bucketing, options.max_tokens, options.examples)
    adapters = {"fuse": adapter, "shuffled": shuffled_adapter(source, target, rows, adapter)}
    ids = torch.tensor([row[0] for row in source.tokenizer.encode_words(words)], device=CPU)
    shares: dict[str, list[float]] = {"fuse": [], "shuffled": []}
    own = []
    for k, (context, term) in enumerate(terms):
        progress(0.4 + 0.6 * k / len(terms), f"Scoring {len(words)} words after “{context.strip()}”")
        key = ("experiment target", term.name, len(words), k)
        losses, gradients = once(key, lambda c=context, t=term: (true_losses(t, c, words), gradients_after(t, c)))
        found = order_correlations(term, source.table, ids, words, adapters, losses, gradients)
        own.append(found[OWN])
        for name, each in shares.items():
            each.append(found[name] / found[OWN])
    reports = [r for r in adapter.reports if r.heldout_words]
    running = word_rows(source.tokenizer, target.tokenizer, corpora[1])
    return (
        agreement(running, corpora[1], options.max_tokens)
        | {"words": sum(r.heldout_words for r in reports), "error": adapter.heldout_error()}
        | {"explained": adapter.explained(), "texts": len(terms), "own": sum(own) / len(own)}
        | with_interval(shares["fuse"], "share")
        | {"shuffled": sum(shares["shuffled"]) / len(own)}
    )
