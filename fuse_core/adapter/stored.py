"""What numbers an adapter's file holds: float32, or float16 in half the bytes (its error: ``experiment storage``)."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import get_args

from fuse_core.adapter.adapter import Adapter, Stored
from fuse_core.common.errors import UserError

STORED: tuple[Stored, ...] = get_args(Stored)
VARIABLE = "FUSE_ADAPTER_DTYPE"


def chosen_stored(wanted: str | None = None) -> Stored:
    """What maps are stored in: what is wanted, by ``$FUSE_ADAPTER_DTYPE`` where nothing is, else float32.

    Raises
    ------
    UserError
        For any but ``STORED``.
    """
    name = (wanted or os.environ.get(VARIABLE) or STORED[0]).strip().lower()
    for known in STORED:
        if name == known:
            return known
    raise UserError(f"Adapters are not stored in '{name}'.", f"Choose one of: {', '.join(STORED)}.")


def stored_as(adapter: Adapter, stored: Stored) -> Adapter:
    """The adapter as it is read back when it is stored so: a run uses the same maps before and after.

    Raises
    ------
    UserError
        When a number of a map is too large for float16.
    """
    info = replace(adapter.info, stored=stored)
    if stored == "float32":
        return Adapter(info, adapter.maps, adapter.reports)
    maps = {key: m.half().to(m.dtype) for key, m in adapter.maps.items()}
    if not all(m.isfinite().all() for m in maps.values()):
        raise UserError(
            f"The maps from {info.source} to {info.target} hold numbers that are too large for float16.",
            f"Unset {VARIABLE}.",
        )
    return Adapter(info, maps, adapter.reports)
