"""The page fits its window, in light and dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.explorer import PATIENCE, Explorer


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_tab_is_wider_than_the_window(visitor: Explorer, width: int, theme: str) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 900})
    visitor.open(f"?__theme={theme}")
    expect(visitor.page.locator("#curve .js-plotly-plot")).to_be_visible(timeout=PATIENCE)
    for name in ("Optimise", "Tokenizers", "How it works"):
        visitor.tab(name)
        visitor.page.wait_for_timeout(300)
        assert visitor.overflow() <= 0, name
