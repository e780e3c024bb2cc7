"""The page without a mouse, without sight and on a phone."""

from __future__ import annotations

from tests.browser.explorer import PATIENCE, Explorer

NEAR = 10  # presses of Tab


def test_by_keyboard_the_skip_link_leads_to_step_and_a_figure_says_its_numbers(explorer: Explorer) -> None:
    page = explorer.page
    page.locator("#curve .main-svg[role=img]").wait_for(timeout=PATIENCE)
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
    page.locator("#curve .fx-figure-values tr").first.wait_for(timeout=PATIENCE)
    heads, *rows = page.locator("#curve .fx-figure-values tr").all_inner_texts()
    assert heads.split("\t")[:2] == ["series", "step"]
    assert len(rows) > 1


def test_on_a_phone_step_is_on_the_first_screen_and_figures_let_the_page_scroll(visitor: Explorer) -> None:
    page = visitor.page
    page.set_viewport_size({"width": 390, "height": 844})
    visitor.open()
    page.locator("#curve .main-svg[role=img]").wait_for(timeout=PATIENCE)
    below = page.evaluate("document.querySelector('#reset').getBoundingClientRect().bottom + scrollY")
    assert below < 844
    order = "['picture', 'caption', 'step', 'examples', 'settings'].map((id) => document.querySelector('#' + id)"
    tops = page.evaluate(order + ".getBoundingClientRect().top)")
    assert tops == sorted(tops)
    assert page.locator(".modebar:visible").count() == 0
