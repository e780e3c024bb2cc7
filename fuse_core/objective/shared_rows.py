"""Rows that begin as a row they were changed from: that one is read once, and of each only what follows the change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, takewhile

import torch
from torch import Tensor

from fuse_core.common.batch_limit import BatchLimit
from fuse_core.models.batching import in_batches
from fuse_core.models.row_cache import RowCache
from fuse_core.objective.losses.loss import Scored

# Tokens that a forward pass costs besides those it reads, on a processor, which has to go through all weights.
OVERHEAD = 16


def common_tokens(one: Sequence[int], other: Sequence[int]) -> int:
    """With how many tokens both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def groups(shared: Sequence[int]) -> list[tuple[int, list[int]]]:
    """Rows that are read together, by the tokens they share: (tokens that all of a group share, its rows).

    Neighbours are joined where reading the tokens between them again costs less than a pass of their own.
    """
    order = sorted(range(len(shared)), key=lambda k: -shared[k])
    found: list[tuple[int, list[int]]] = []
    for count, rows in groupby(order, key=lambda k: shared[k]):
        if found and len(found[-1][1]) * (found[-1][0] - count) < OVERHEAD:
            found[-1] = (count, [*found[-1][1], *rows])
        else:
            found.append((count, list(rows)))
    return found


def sharing(rows: Sequence[Scored], parents: Sequence[Scored]) -> list[int] | None:
    """How many ids every row may take over from its parent's reading; None where that would not pay."""
    if len({len(row.ids) for row in (*rows, *parents)}) != 1:
        return None
    shared = [common_tokens(row.read_ids, parent.read_ids) for row, parent in zip(rows, parents, strict=True)]
    by_parent: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for parent, count in zip(parents, shared, strict=True):
        by_parent[tuple(parent.read_ids)].append(count)
    saved = sum(
        sum(len(own) * count for count, own in groups(counts)) - OVERHEAD * len(groups(counts)) - len(ids)
        for ids, counts in by_parent.items()
    )
    return shared if saved > 0 else None


def read_shared(
    read: Callable[[Sequence[int], range], RowCache],
    rows: Sequence[Scored],
    parents: Sequence[Scored],
    shared: Sequence[int],
    limit: BatchLimit,
) -> Iterator[tuple[int, Tensor]]:
    """Every row's logits at its ``places``, as (row, logits), exact but for rounding.

    Parameters
    ----------
    read : callable
        (ids, places) -> their reading.
    shared : sequence of int
        As ``sharing`` has it.
    limit : BatchLimit
        Padded tokens that are read at once.

    Notes
    -----
    One forward pass a parent and one a group of rows; rows differ from their parent in the tokens after ``shared``.
    """
    by_parent: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for k, parent in enumerate(parents):
        by_parent[tuple(parent.read_ids)].append(k)
    for ids, members in by_parent.items():
        places = parents[members[0]].places
        cache = read(ids, places)
        for count, own in groups([shared[k] for k in members]):
            count = count if cache.is_whole else 0
            # What is said at a place follows from the ids up to it: the parent's where all of those are shared.
            known = max(0, min(count, places.stop) - places.start)
            later = range(max(places.start, count) - count, places.stop - count)
            chosen, found = [members[n] for n in own], {}
            if not later:  # all that is read is the parent's: the last token alone is another, and is not read
                yield from ((k, cache.logits) for k in chosen)
                continue

            def work(batch: list[int], chosen=chosen, count=count, later=later, found=found, cache=cache) -> None:
                logits = cache.after(count, [rows[chosen[n]].read_ids[count:] for n in batch], later)
                found.update((chosen[n], own) for n, own in zip(batch, logits, strict=True))

            in_batches([len(ids) - count] * len(chosen), limit, cache.logits.device, work)
            for k, own_logits in found.items():
                yield k, torch.cat([cache.logits[:known], own_logits]) if known else own_logits
