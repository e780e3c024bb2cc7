"""The Synthetic truth view, driven as a person would."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.explorer import PATIENCE, Explorer

ERRORS = re.compile(r"map (\S+), held-out words (\S+), carried gradient (\S+) \(cosine (\S+)\)")


def errors(explorer: Explorer) -> list[float]:
    """The status line's numbers: errors of map, held-out words and gradient, and the cosine."""
    status = explorer.page.locator("#truth-status")
    found = None
    while found is None:  # a further setting may replace the numbers by progress between two looks at them
        expect(status).to_contain_text(ERRORS, timeout=PATIENCE)
        found = ERRORS.search(status.inner_text())
    return [float(number) for number in found.groups()]


@pytest.fixture
def synthetic(explorer: Explorer) -> Explorer:
    """A visitor who has opened the view."""
    explorer.tab("Synthetic truth")
    errors(explorer)
    return explorer


def choose(explorer: Explorer, label: str, option: str) -> None:
    box = explorer.page.get_by_label(label)
    box.click()
    explorer.page.get_by_role("option", name=option, exact=True).click()


def test_the_first_view_shows_that_the_map_is_recovered(synthetic: Explorer) -> None:
    map_error, heldout_error, gradient_error, cosine = errors(synthetic)
    assert map_error < 1e-4
    assert heldout_error < 1e-4
    assert gradient_error < 1e-3
    assert cosine == 1
    page = synthetic.page
    for figure in ("truth-curves", "truth-map-plot", "truth-scatter", "truth-bars"):
        expect(page.locator(f"#{figure} .js-plotly-plot")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#truth-table")).to_contain_text("map error")
    for side in ("source", "target"):
        expect(page.locator(f"#truth-split-{side} .fx-group")).to_have_count(14)
    assert page.locator("#truth-split-target .fx-differs").count() >= 7


def test_settings_change_what_is_found_and_the_address_carries_them(synthetic: Explorer) -> None:
    status = synthetic.page.locator("#truth-status")
    noise = synthetic.page.get_by_role("spinbutton", name=re.compile("Noise"))
    noise.fill("0.3")
    noise.blur()
    expect(status).to_contain_text("noise 0.3", timeout=PATIENCE)
    noisy = errors(synthetic)
    assert 0.1 < noisy[0] < 1
    assert noisy[3] < 0.99
    choose(synthetic, "Fitted maps", "target: each j")
    expect(status).not_to_contain_text(f"map {noisy[0]:.2g},", timeout=PATIENCE)
    assert errors(synthetic)[0] > noisy[0]
    expect(synthetic.page).to_have_url(re.compile(r"noise=0\.3.*truth-fit=target|truth-fit=target.*noise=0\.3"))


def test_a_link_restores_the_settings(visitor: Explorer) -> None:
    visitor.open(
        "?view=synthetic&noise=0.1&truth=target&truth-fit=target&truth-ridge=0&truth-seed=7&truth-part=3-3-2-1"
    )
    expect(visitor.page.locator("#truth-status")).to_contain_text("noise 0.1", timeout=PATIENCE)
    expect(visitor.page.locator("#truth-part input")).to_have_value("(3, 3): token 2 to token 1")
    assert errors(visitor)[0] < 0.2


def test_a_wrong_seed_gets_a_sentence(synthetic: Explorer) -> None:
    synthetic.fill("Seed", "")
    expect(synthetic.page.locator("#truth-status")).to_contain_text("whole number from 0", timeout=PATIENCE)
    synthetic.fill("Seed", "2")
    assert errors(synthetic)[0] < 1e-4


def test_tables_and_figures_are_saved(synthetic: Explorer) -> None:
    names = ["truth-buckets-csv"]
    for figure in ("truth-noise", "truth-map", "truth-gradient", "truth-gradient-words"):
        names += [f"{figure}-png", f"{figure}-svg"]
    for name in names:
        with synthetic.page.expect_download(timeout=PATIENCE) as download:
            synthetic.press(name)
        assert download.value.path().stat().st_size > 100


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_view_fits_a_phone(visitor: Explorer, theme: str) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 900})
    visitor.open(f"?__theme={theme}&view=synthetic")
    errors(visitor)
    assert visitor.overflow() <= 0
