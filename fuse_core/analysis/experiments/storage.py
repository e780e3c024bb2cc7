"""``storage``: what an adapter loses when it is stored in fewer bytes: the third open question of arXiv 2408.04816."""

from __future__ import annotations

import time
from collections.abc import Sequence

from fuse_core.adapter.adapter import Adapter
from fuse_core.analysis.experiments.adapter_bench import AdapterBench
from fuse_core.analysis.experiments.compact_forms import FORMS
from fuse_core.analysis.experiments.experiment import Cell, Column, Experiment, Figure, Row, Settings
from fuse_core.analysis.experiments.picture_cells import with_interval
from fuse_core.common.progress import Progress, part_of
from fuse_core.library import Library

ON_DEMAND = "on demand"
COMMON = {"source": "smollm2", "target": "minilm", "folder": "eval", "forms": [*FORMS, ON_DEMAND]}
SIZES = {
    "small": {**COMMON, "pictures": 4, "words": 300},
    "large": {**COMMON, "pictures": 24, "words": 1000},
}


def cells(settings: Settings) -> list[Cell]:
    """The forms."""
    return [{"form": form} for form in settings["forms"]]


def measure(library: Library, settings: Settings, cell: Cell, progress: Progress) -> list[Row]:
    """One form: its bytes, and what it loses."""
    bench = library.once(("storage bench", str(settings)), lambda: AdapterBench(library, settings, progress))
    started = time.process_time()
    if cell["form"] == ON_DEMAND:
        used = {key for key in bench.caption_buckets if key in bench.fitted.pair.maps}
        adapter = Adapter(bench.fitted.pair.info, {key: bench.fitted.pair.maps[key] for key in used})
        size = adapter.bytes
        seconds = sum(r.seconds for r in bench.fitted.pair.reports if (r.i, r.j) in used)
    else:
        adapter, size = FORMS[cell["form"]](bench.fitted)
        seconds = time.process_time() - started
    share = bench.shares(adapter, part_of(progress, 0.5, 1.0))
    return [
        {"form": cell["form"], "pictures": len(bench.images), "bytes": size, "cpu_seconds": round(seconds, 2)}
        | {"words": sum(map(len, bench.heldout.values())), "error": bench.heldout_error(adapter)}
        | with_interval(bench.cosines(adapter), "cosine")
        | with_interval(share, "share")
    ]


def table(settings: Settings, observations: Sequence[Row]) -> list[Row]:
    """A row a form, as it was measured."""
    return list(observations)


def says(rows: Sequence[Row]) -> str:
    """What float16 and the smallest form of nearly the same share come to."""
    known = {row["form"]: row for row in rows}
    whole, half = known["float32"], known["float16"]
    near = [row for row in rows if row["share"] >= 0.99 * whole["share"] and row["form"] != ON_DEMAND]
    least = min(near, key=lambda row: row["bytes"])

    def told(row: Row) -> str:
        return f"{row['bytes'] / 1e6:.1f} MB, held-out error {row['error']:.4f}, share {row['share']:.3f}"

    return (
        f"As fitted, the maps take {told(whole)}; in float16 {told(half)}. The fewest bytes with 99 % of that share of "
        f"the target's own rank correlation: {least['form']}, {told(least)}. {whole['words']:,} held-out words, "
        f"{whole['pictures']} pictures."
    )


EXPERIMENT = Experiment(
    name="storage",
    title="How few bytes does a map need?",
    asks="Maps for every pair of token lengths take nine times the bytes of the paper's, and bytes grow with the cube "
    "of the longest word: the paper asks for forms that take less. Each form is read back and judged by what maps are "
    "for: where held-out words land, how far the carried gradient turns, and how it orders words. Rank 1 has to fail.",
    sizes=SIZES,
    columns=(
        Column("form", "form", "text"),
        Column("pictures", "pictures"),
        Column("bytes", "size, bytes"),
        Column("cpu_seconds", "making, CPU-seconds"),
        Column("words", "held-out words"),
        Column("error", "held-out error, relative"),
        Column("cosine", "cosine with the gradient of float32"),
        Column("cosine_low", "cosine, 95 % from"),
        Column("cosine_high", "cosine, 95 % to"),
        Column("share", "share of the target's own correlation"),
        Column("share_low", "share, 95 % from"),
        Column("share_high", "share, 95 % to"),
    ),
    figures=(
        Figure("bytes", "Size", "bytes", "form", "", log_x=True),
        Figure("error", "Where held-out words land", "error", "form", ""),
        Figure("share", "Order of held-out words", "share", "form", "", "share_low", "share_high"),
        Figure("cosine", "Gradients at captions", "cosine", "form", "", "cosine_low", "cosine_high"),
    ),
    cells=cells,
    measure=measure,
    table=table,
    says=says,
    order=30,
)
