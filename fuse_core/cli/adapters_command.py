"""``fit --method``: kinds of adapters on one pair, judged alike, in place of the two bucketings."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fuse_core.cli.placement import library_of
from fuse_core.cli.text_table import text_table
from fuse_core.common.errors import UserError

if TYPE_CHECKING:
    from PIL import Image

ALL = "all"
OTHERS = {  # each kind's own affair
    "bucketing": "--bucketing",
    "ridge": "--ridge",
    "max_tokens": "--max-tokens",
    "features": "--features",
}


def run_adapters(options: argparse.Namespace, progress: Callable[[float, str], None]) -> dict:
    """Fit and judge one kind, or all.

    Raises
    ------
    UserError
        For an unknown kind, and for options that it would not obey.
    """
    from fuse_core.adapter.fit import FitOptions
    from fuse_core.analysis.adapter_comparison import compare_adapters
    from fuse_core.models.catalog import entry

    for field, option in OTHERS.items():
        if getattr(options, field) is not None:
            raise UserError(f"{option} goes without --method, under which words of one token are compared.")
    if options.images is not None and entry(options.target).image_text is None:
        raise UserError(f"{options.target} reads no pictures, so --images would change nothing.", "Leave it out.")
    limits = FitOptions() if options.examples is None else FitOptions(examples=options.examples)
    kinds = () if options.method == ALL else (options.method,)
    started = time.perf_counter()
    pictures = _pictures(options.images)
    found = compare_adapters(library_of(options), options.source, options.target, pictures, kinds, limits, progress)
    return found.as_dict() | {"seconds": round(time.perf_counter() - started, 2)}


def _pictures(folder: Path | None) -> dict[str, Image.Image]:
    """The pictures of a folder, by name; default: the examples."""
    from fuse_core.common.picture_folder import look_through
    from fuse_core.common.pictures import open_picture
    from fuse_core.search.presets import PRESETS

    found = look_through(folder or PRESETS.parent / "images")
    return {path.name: open_picture(path) for path in found.pictures}


def adapters_table(answer: dict) -> str:
    """One row a kind."""
    rows = [
        {
            "method": kind["kind"],
            "held-out error": _digits(kind["landing"]["error"]),
            "explained": _share(kind["landing"]["explained_variance"]),
            "nearest": _share(kind["landing"]["top1"]),
            "of 10": _share(kind["landing"]["top10"]),
            **{f"share, {tokens}": _order(kind["orders"].get(part)) for part, tokens in ORDERS.items()},
            "seconds": round(kind["seconds"], 1),
            "MB": round(kind["bytes"] / 1e6, 2),
            "fit": ", ".join(f"{name} {_fact(value)}" for name, value in kind["facts"].items()),
        }
        for kind in answer["kinds"]
    ]
    head = (
        f"{answer['words']:,} words of one token to fit on, {answer['heldout']:,} held out to judge by; "
        f"linear CKA of the two tables {answer['cka']:.3f}"
    )
    if not answer["own"]:
        return f"{head}\n{text_table(rows)}\nThe target reads no pictures: no gradient to compare orders by."
    own = ", ".join(f"{ORDERS[part]} {_digits(order['spearman'])}" for part, order in answer["own"].items())
    told = (
        f"{answer['pictures']} pictures, {answer['contexts']} contexts each, {answer['candidates']:,} random tokens "
        f"and the held-out ones; the target's own Spearman: {own}\n"
        "Spearman as a share of the target's own, with a 95 % interval over pictures"
    )
    return f"{head}\n{told}\n{text_table(rows)}"


ORDERS = {"every": "random tokens", "heldout": "held-out tokens"}


def _digits(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _fact(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:.3g}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _order(order: dict | None) -> str:
    return "-" if order is None else f"{_digits(order['share'])} ({_digits(order['low'])}-{_digits(order['high'])})"
