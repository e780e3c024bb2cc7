"""The page without a mouse, without sight and on a phone."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

from tests.browser.explorer import Explorer, visiting_in

NEAR = 10  # presses of Tab
# Where an axis begins and ends; one that follows its data, as long as nobody zooms, says so.
RANGES = "({ _fullLayout: { xaxis, yaxis } }) => [xaxis, yaxis].map((axis) => axis.autorange || axis.range)"
MIDDLE = (
    "(plot) => { const box = plot.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2] }"
)


def test_by_keyboard_the_skip_link_leads_to_step_and_a_figure_says_its_numbers(explorer: Explorer) -> None:
    page = explorer.page
    page.locator("#curve .main-svg[role=img]").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for _ in range(NEAR - 1):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "step":
            break
    assert page.evaluate("document.activeElement.id") == "step"
    names = page.locator("#examples .thumbnail-item").evaluate_all("(all) => all.map((one) => one.ariaLabel)")
    assert names[0] == "cat"
    assert explorer.caption in (page.locator("#spoken").text_content() or "")
    page.locator("#curve summary").press("Enter")
    page.locator("#curve .fx-figure-values tr").first.wait_for()
    heads, *rows = page.locator("#curve .fx-figure-values tr").all_inner_texts()
    assert heads.split("\t")[:2] == ["series", "step"]
    assert len(rows) > 1
    page.locator("#pull summary").press("Enter")
    norms = page.locator("#pull .fx-figure-values tr")
    norms.nth(1).wait_for()
    assert norms.first.inner_text().split("\t")[:2] == ["word of the prompt", "gradient norm"]
    words = [line.split("\t")[0] for line in norms.all_inner_texts()[1:]]
    assert " ".join(words) == explorer.caption


def test_on_a_phone_step_is_on_the_first_screen_and_a_swipe_on_a_figure_scrolls(browser: Browser, address: str) -> None:
    with browser.new_context(has_touch=True, is_mobile=True) as phone, visiting_in(phone.new_page(), address) as visit:
        page = visit.page
        page.set_viewport_size({"width": 390, "height": 844})
        visit.open()
        page.locator("#curve .main-svg[role=img]").wait_for()
        below = page.evaluate("document.querySelector('#reset').getBoundingClientRect().bottom + scrollY")
        assert below < 844
        order = "['picture', 'caption', 'step', 'examples', 'settings'].map((id) => document.querySelector('#' + id)"
        tops = page.evaluate(order + ".getBoundingClientRect().top)")
        assert tops == sorted(tops)
        assert page.locator(".modebar:visible").count() == 0
        figures = page.locator(".js-plotly-plot:visible")
        assert figures.count() >= 4
        for figure in figures.all():
            figure.evaluate("(plot) => plot.scrollIntoView({ block: 'center', behavior: 'instant' })")
            ranges, top = figure.evaluate(RANGES), page.evaluate("scrollY")
            swipe(page, *figure.evaluate(MIDDLE))
            page.wait_for_function("(top) => scrollY > top", arg=top)
            assert figure.evaluate(RANGES) == ranges


def swipe(page: Page, x: float, y: float) -> None:
    """A finger goes up, and a little aside."""
    fingers = page.context.new_cdp_session(page)
    for k in range(8):
        kind, point = "touchMove" if k else "touchStart", {"x": x + 4 * k, "y": y - 20 * k}
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
