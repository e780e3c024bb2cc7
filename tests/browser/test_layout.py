"""The page fits its window, in light and dark."""

from __future__ import annotations

import pytest

from tests.browser.explorer import ANALYSE, PATIENCE, Explorer

VIEWS = ("Optimise", "Baselines", "Batch", "Evaluate", *ANALYSE, "Evidence", "How it works")
# A figure that a view draws last: how wide the view is shows only then.
LAST_FIGURE = {
    "Optimise": "curve",
    "Tokenizers": "coverage-plot",
    "Adapter": "ad-ridge",
    "Fidelity": "fid-words",
    "Synthetic truth": "truth-bars",
}


@pytest.mark.parametrize(("theme", "width"), [pytest.param("light", 1440, marks=pytest.mark.full), ("dark", 390)])
def test_no_view_is_wider_than_the_window(visitor: Explorer, theme: str, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 900})
    visitor.open(f"?__theme={theme}")
    for name in VIEWS:
        visitor.tab(name)
        if name in LAST_FIGURE:
            visitor.page.locator(f"#{LAST_FIGURE[name]} .js-plotly-plot").first.wait_for(timeout=PATIENCE)
        assert visitor.overflow() <= 0, name
