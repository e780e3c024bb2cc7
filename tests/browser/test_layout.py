"""The page fits its window, in light and dark, and all of a view comes out on paper."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.explorer import ANALYSE, Explorer

VIEWS = ("Optimise", "Baselines", "Batch", "Evaluate", *ANALYSE, "Evidence", "How it works")
# A figure that a view draws last: how wide the view is shows only then.
LAST_FIGURE = {
    "Optimise": "curve",
    "Tokenizers": "coverage-plot",
    "Adapter": "ad-ridge",
    "Fidelity": "fid-words",
    "Synthetic truth": "truth-bars",
}

LAST_WORDS = {  # that are printed of a view, where they are always the same
    "Fidelity": "Every context",
    "Synthetic truth": "word (i, j)",
    "Tokenizers": "distinct words (%)",
    "How it works": "2408.04816",
}


def printed(page: Page) -> str:
    """What the browser puts on paper, line breaks left out."""
    return " ".join(sheet.extract_text() for sheet in PdfReader(BytesIO(page.pdf())).pages).replace("\n", " ")


@pytest.mark.parametrize(("theme", "width"), [pytest.param("light", 1440, marks=pytest.mark.full), ("dark", 390)])
def test_no_view_is_wider_than_the_window(visitor: Explorer, theme: str, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 900})
    visitor.open(f"?__theme={theme}")
    for name in VIEWS:
        visitor.tab(name)
        if name in LAST_FIGURE:
            visitor.page.locator(f"#{LAST_FIGURE[name]} .js-plotly-plot").first.wait_for()
        assert visitor.overflow() <= 0, name
        if name in LAST_WORDS:
            assert LAST_WORDS[name] in printed(visitor.page), name
        if name == "Tokenizers":
            assert re.search(r"rst \d+ of 2,000 rows\.", printed(visitor.page))  # of "first" it makes a ligature


def test_a_column_is_as_wide_as_the_longest_word_of_any_row(visitor: Explorer) -> None:
    visitor.open("?view=evidence")
    visitor.page.wait_for_function(
        """() => {
          const cells = [...document.querySelectorAll("#evidence-table [role=gridcell] span.text")];
          const [word, short] = ["pseudoinverse", "MLP"].map((text) => cells.find((cell) => cell.textContent === text));
          if (word?.offsetHeight !== short?.offsetHeight) window.cut = Date.now();
          return word && Date.now() - (window.cut ??= Date.now()) > 1500; // Gradio measures more than once
        }"""
    )


def test_what_a_projector_does_not_show_leaves_no_heading(visitor: Explorer) -> None:
    visitor.open()
    heading = visitor.page.get_by_role("heading", name="Every candidate of the step")
    expect(heading).to_be_visible()
    visitor.page.locator(".fx-projector-button").click()
    expect(heading).to_be_hidden()
