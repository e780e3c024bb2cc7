"""The Synthetic truth view, driven as a person would."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.explorer import Explorer


def test_the_map_is_found_and_less_of_it_with_noise(visitor: Explorer) -> None:
    explorer = visitor
    # Nonsense is passed over; settings of a view that is opened later are kept for it.
    explorer.open("?view=nowhere&unheard=of&noise=much&truth-seed=7")
    front = explorer.page.get_by_role("tab", name="Optimise", exact=True)
    expect(front).to_have_attribute("aria-selected", "true")
    explorer.tab("Synthetic truth")
    expect(explorer.field("Seed").last).to_have_value("7")
    exact = r"map \S+e-\d\d, held-out words \S+e-\d\d, carried gradient \S+e-\d\d \(cosine 1\.000\)"
    explorer.expect_text("truth-status", exact)
    for figure in ("curves", "map-plot", "scatter", "bars"):
        explorer.expect_figure(f"truth-{figure}")
    explorer.expect_text("truth-table", "map error")
    bar = explorer.page.locator("#truth-map-plot .infolayer [class*=cbfill]").first
    expect(bar).to_be_attached()
    assert explorer.page.locator("#truth-map-plot .infolayer .cbfills").bounding_box()["width"] > 100
    for side in ("source", "target"):
        expect(explorer.page.locator(f"#truth-split-{side} .fx-group")).to_have_count(14)
    noise = explorer.page.get_by_role("spinbutton", name=re.compile("Noise"))
    noise.fill("0.3")
    noise.blur()
    explorer.expect_text("truth-status", r"noise 0\.3.*map 0\.\d+, .*cosine 0\.\d+")
    expect(explorer.page).to_have_url(re.compile(r"noise=0\.3"))
    explorer.expect_clipped("#truth-scatter")
    explorer.fill("Seed", "")
    explorer.expect_text("truth-status", "whole number from 0")
    for name in ("truth-buckets-csv", "truth-map-png", "truth-gradient-svg"):
        with explorer.page.expect_download() as download:
            explorer.press(name)
        assert download.value.path().stat().st_size > 100
