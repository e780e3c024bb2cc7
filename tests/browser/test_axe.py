"""WCAG 2.2 AA in every view, as far as axe-core tells, in light and dark; and nothing has the focus unseen."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest

from tests.browser.explorer import Explorer
from ui.learn.chapter import CHAPTERS

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}  # what a theme decides
VIEWS = (
    "optimise",
    "baselines",
    "batch",
    "evaluate",
    "tokenizers",
    "adapter",
    "fidelity",
    "synthetic",
    "evidence",
    "how",
)
LESSONS = tuple(chapter.link for chapter in CHAPTERS.values())
FIRST_FIGURE = {"optimise": "curve", "tokenizers": "bucket-plot", "adapter": "ad-errors"}  # each fills its view

# A figure is an image with a name: what it is drawn of, thousands of nodes, is taken out meanwhile, and so is what a
# tab that is not on show holds. axe would walk through all of it and judge none.
RUN = """async (only) => {
  const hidden = [...document.querySelectorAll("[role=tabpanel]")].filter((panel) => !panel.checkVisibility());
  const emptied = [...hidden, ...document.querySelectorAll(".main-svg")].map((part) => [part, [...part.childNodes]]);
  for (const [part] of emptied) part.replaceChildren();
  try {
    const options = { runOnly: only, resultTypes: ["violations"], preload: false };
    const { violations } = await axe.run(document, options);
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, html }) => `${id}: ${target.join(" ")} ${html.slice(0, 200)}`));
  } finally {
    for (const [part, nodes] of emptied) part.append(...nodes);
  }
}"""
# What the keyboard stops at though nothing of it is to be seen.
UNSEEN = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
  .filter((part) => part.tabIndex >= 0 && !part.disabled && !part.matches(".fx-skip")
    && part.getClientRects().length && part.checkVisibility({ visibilityProperty: true }))
  .filter((part) => {
    const { width, height, right, bottom } = part.getBoundingClientRect();
    return width < 2 || height < 2 || right <= 0 || bottom + scrollY <= 0
      || !part.checkVisibility({ opacityProperty: true });
  }).map((part) => `unseen: ${part.outerHTML.slice(0, 200)}`)"""
# Figures without a name of their own or a table.
NAMELESS = """[...document.querySelectorAll(".js-plotly-plot")].filter((plot) => plot.checkVisibility())
  .filter((plot) => !/^(?!Figure|Plot).{8,}/.test(plot.querySelector("svg[role=img]")?.ariaLabel ?? "")
    || !plot.closest(".block").querySelector(".fx-figure-table"))
  .map((plot) => plot.closest(".block").id)"""
# Until nothing has been added, removed or rewritten for 0.6 s: names are given 0.4 s after a figure came.
AT_REST = """() => new Promise((done) => {
  const rested = () => { watch.disconnect(); done(); };
  let timer = setTimeout(rested, 600);
  const again = () => { clearTimeout(timer); timer = setTimeout(rested, 600); };
  const watch = new MutationObserver(again);
  watch.observe(document.body, { childList: true, characterData: true, subtree: true });
})"""


@pytest.fixture
def still(visitor: Explorer) -> Iterator[Explorer]:
    """A visitor before whom nothing moves: colours are those that things come to rest at."""
    visitor.page.emulate_media(reduced_motion="reduce")
    yield visitor
    visitor.page.emulate_media(reduced_motion="no-preference")


@pytest.mark.parametrize("views", [pytest.param(VIEWS, id="every view"), pytest.param(LESSONS, id="every chapter")])
def test_axe_finds_no_violation_and_what_has_the_focus_is_seen(still: Explorer, views: tuple[str, ...]) -> None:
    page = still.page
    still.open(f"?view={views[0]}&__theme=light")
    page.evaluate(AXE)
    found: dict[str, list[str]] = {}
    for view in views:
        page.evaluate("(view) => fxGo(view)", view)
        if view in FIRST_FIGURE:
            page.locator(f"#{FIRST_FIGURE[view]} .main-svg[role=img]").wait_for()
        page.evaluate(AT_REST)
        page.wait_for_function(f"!({NAMELESS}).length")
        found[view] = page.evaluate(RUN, WCAG) + page.evaluate(UNSEEN)
        page.evaluate("document.body.classList.add('dark')")  # what __theme=dark does
        found[f"{view}, dark"] = page.evaluate(RUN, COLOURS)
        page.evaluate("document.body.classList.remove('dark')")
    assert not {where: wrong for where, wrong in found.items() if wrong}
