"""Chapter 4: the t-product by hand."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pandas as pd
import torch

from fuse_core.analysis.lessons.by_hand import block_circulant, product_by_hand, products_of_slice, stacked, timed
from fuse_core.tensor.product import tprod
from ui.kit.guard import Update, guarded
from ui.kit.templates import render
from ui.kit.wiring import PRIVATE
from ui.learn.chapter import Chapter
from ui.learn.numbers import editable, matrix, slice_name, tensor_of
from ui.learn.page import Page
from ui.learn.tables import table

A = torch.tensor([[[1.0, 0], [0, 1]], [[0, 1], [1, 0]], [[1, 0], [0, 0]]]).permute(1, 2, 0)
B = torch.tensor([[[1.0, 2], [0, 1]], [[0, 1], [1, 0]], [[2, 0], [0, 1]]]).permute(1, 2, 0)
SLOTS, ASKED = A.shape[2], 1  # slices, and the one to be filled in


def build(page: Page) -> None:
    """Two tensors to change, a slice of their product to fill in, then every way to it, and what each costs."""
    Widget(page).wire()


class Widget:
    """The chapter's components and what is done with them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        with gr.Row():
            self.a, self.b = editable("A", A, "lesson-a"), editable("B", B, "lesson-b")
        self.k = page.labelled(gr.Slider(0, SLOTS - 1, value=0, step=1, elem_id="lesson-slice"), "slice")
        self.sum = gr.HTML(_sum(A, B, 0), elem_id="lesson-sum", padding=False)
        self.guess = page.labelled(
            gr.Dataframe(
                [[0, 0], [0, 0]],
                headers=["C₁", "C₁ "],
                datatype="number",
                row_count=2,
                column_count=2,
                interactive=True,
                elem_id="lesson-guess",
                buttons=[],
            ),
            "guess",
        )
        with gr.Row():
            self.check = page.button("check", elem_id="lesson-check", size="sm")
            self.give_up = page.button("give_up", elem_id="lesson-give-up", size="sm")
        self.status = gr.HTML(elem_id="lesson-status", padding=False)
        with gr.Column(visible=False, elem_id="lesson-ways") as self.ways:
            page.markdown(lambda texts, _: texts.labels["ways"])
            self.whole = gr.HTML(_ways(A, B), elem_id="lesson-whole", padding=False)
        with gr.Row():
            sizes = (("n", 2, 64), ("m", 2, 64), ("p", 2, 64), ("l", 3, 8))
            self.sizes = [
                page.labelled(gr.Slider(1, most, value=first, step=1, min_width=120, elem_id=f"lesson-{name}"), name)
                for name, first, most in sizes
            ]
        self.time = page.button("time", elem_id="lesson-time", size="sm")
        self.costs, self.measured = gr.HTML(elem_id="lesson-costs", padding=False), gr.State([])

    def wire(self) -> None:
        tensors, language = [self.a, self.b], self.page.language
        shown = [self.sum, self.whole, self.status]
        for component in (*tensors, self.k):
            component.change(self.shown, [*tensors, self.k, language], shown, **PRIVATE)
        judged = [self.status, self.ways, self.k]
        self.check.click(self.judged, [self.guess, *tensors, language], judged, **PRIVATE)
        self.give_up.click(self.uncovered, [*tensors, language], judged, **PRIVATE)
        times = [self.measured, self.costs, self.status]
        self.time.click(self.timed, [*self.sizes, language], times, **PRIVATE)
        language.change(self.retold, [self.measured, language], times, **PRIVATE)

    @guarded
    def shown(self, a: pd.DataFrame, b: pd.DataFrame, k: float, language: str) -> Update:
        """The slice chosen, and the whole product by all ways."""
        first, second = tensor_of(a, SLOTS), tensor_of(b, SLOTS)
        return {self.sum: _sum(first, second, int(k)), self.whole: _ways(first, second)}

    @guarded
    def judged(self, guess: pd.DataFrame, a: pd.DataFrame, b: pd.DataFrame, language: str) -> Update:
        """Whether the slice filled in is right; a wrong one gets the products it is the sum of."""
        wanted = product_by_hand(tensor_of(a, SLOTS), tensor_of(b, SLOTS))[:, :, ASKED]
        right = bool(torch.allclose(tensor_of(guess, 1)[:, :, 0], wanted))
        said = render("answer", right=right, why=self.page.label("right" if right else "wrong", language))
        return {self.status: said, self.k: ASKED} | ({self.ways: gr.Column(visible=True)} if right else {})

    @guarded
    def uncovered(self, a: pd.DataFrame, b: pd.DataFrame, language: str) -> Update:
        """The slice, without a guess."""
        wanted = product_by_hand(tensor_of(a, SLOTS), tensor_of(b, SLOTS))[:, :, ASKED]
        shown = matrix(wanted, slice_name("C", ASKED))
        return {self.status: shown, self.k: ASKED, self.ways: gr.Column(visible=True)}

    @guarded
    def timed(self, n: float, m: float, p: float, l: float, language: str) -> Update:
        """What every way takes on random tensors of these sizes, on this machine, now."""
        measured = [
            [cost.way, cost.products, cost.multiplications, f"{cost.seconds * 1e6:,.0f}"]
            for cost in timed(int(n), int(m), int(p), int(l))
            if cost.seconds is not None
        ]
        return {self.measured: measured, **self.retold(measured, language)}

    @guarded
    def retold(self, measured: list[list[Any]], language: str) -> Update:
        """The times measured, in that language."""
        headers = [self.page.label(name, language) for name in ("way", "products", "multiplications", "microseconds")]
        rows = [[self.page.label(way, language), *numbers] for way, *numbers in measured]
        return {self.costs: table(headers, rows) if rows else ""}


def _sum(a: torch.Tensor, b: torch.Tensor, k: int) -> str:
    """The products that a slice is the sum of; the slice itself is left to be filled in."""
    parts = products_of_slice(a, b, k)
    terms = []
    for part in parts:
        left, right = slice_name("A", part.s), slice_name("B", part.t)
        terms.append([_coloured(a[:, :, part.s], left, part.s), _coloured(b[:, :, part.t], right, part.t)])
    shown = "" if k == ASKED else matrix(product_by_hand(a, b)[:, :, k])
    return render("slice_sum", result=slice_name("C", k), terms=terms, value=shown)


def _ways(a: torch.Tensor, b: torch.Tensor) -> str:
    """The block-circulant matrix times the stacked slices, and how far the transform is from it."""
    a, b = a.double(), b.double()
    l, n, m = a.shape[2], a.shape[0], a.shape[1]
    colours = [[(r // n - c // m) % l for c in range(m * l)] for r in range(n * l)]
    found = block_circulant(a) @ stacked(b)
    difference = float((stacked(tprod(a, b)) - found).abs().max())
    slots = [[r // m] * b.shape[1] for r in range(m * l)]
    parts = [matrix(block_circulant(a), "bcirc(A)", colours), matrix(stacked(b), "B", slots), matrix(found, "C")]
    return render("ways", parts=parts, difference=f"{difference:.1e}")


def _coloured(values: torch.Tensor, name: str, slot: int) -> str:
    return matrix(values, name, [[slot] * values.shape[1]] * values.shape[0])


CHAPTER = Chapter("t-product", 4, "how", build)
