"""Matrices on the page: as tables to edit, and as HTML to look at."""

from __future__ import annotations

import math
from collections.abc import Sequence

import gradio as gr
import pandas as pd
import torch
from torch import Tensor

from fuse_core.common.errors import UserError
from ui.kit.templates import render

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def slice_name(letter: str, k: int) -> str:
    """Of a tensor's frontal slice: A₀."""
    return letter + str(k).translate(SUBSCRIPTS)


def editable(letter: str, tensor: Tensor, elem_id: str) -> gr.Dataframe:
    """A tensor's frontal slices side by side, every number to be changed."""
    n, m, l = tensor.shape
    headers = [slice_name(letter, k) + " " * c for k in range(l) for c in range(m)]  # no two alike
    rows = torch.cat(list(tensor.unbind(2)), dim=1).tolist()
    return gr.Dataframe(
        pd.DataFrame(rows, columns=headers),
        label=f"{letter}: {n} x {m} x {l}",
        datatype="number",
        row_count=n,
        column_count=m * l,
        interactive=True,
        elem_id=elem_id,
        buttons=[],
    )


def tensor_of(table: pd.DataFrame, l: int) -> Tensor:
    """The tensor that such a table holds, shape = (n, m, l), float64.

    Raises
    ------
    UserError
        For a field that holds no number.
    """
    numbers = table.apply(pd.to_numeric, errors="coerce")
    if numbers.isna().to_numpy().any():
        raise UserError("One of the fields holds no number.", "Type one.")
    values = torch.tensor(numbers.to_numpy(dtype="float64"))
    if not bool((values.abs() <= 1e6).all()):
        raise UserError("One of the numbers is too large.", "Keep within a million.")
    return torch.stack(list(values.chunk(l, dim=1)), dim=2)


def error_of(text: str | None) -> float | None:
    """The error that somebody has guessed, 0 or more; None for what is none. A comma serves for a point.

    The field holds text, for Gradio's field of a number shows one that is empty as 0.
    """
    try:
        error = float((text or "").replace(",", "."))
    except ValueError:
        return None
    return error if math.isfinite(error) and error >= 0 else None


def matrix(values: Tensor, name: str = "", colours: Sequence[Sequence[int]] | None = None) -> str:
    """A matrix as HTML; ``colours`` are the slots whose colour each number has."""
    rows = [
        [(f"{number:g}", colours[r][c] if colours else None) for c, number in enumerate(row)]
        for r, row in enumerate(values.tolist())
    ]
    return render("matrix", caption=name, rows=rows)
