"""The lesson as a student takes it who has no mouse."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.explorer import Explorer
from ui.learn.chapter import CHAPTERS
from ui.learn.lesson import ENGLISH, lesson

MOST_TABS = 120  # presses; a chapter has fewer fields


def go_to(page: Page, selector: str, nth: int = 0, key: str = "Tab") -> None:
    """Press Tab until the nth of those has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        if page.evaluate(
            "([wanted, nth]) => document.querySelectorAll(wanted)[nth] === document.activeElement", [selector, nth]
        ):
            return
    raise AssertionError(f"The keyboard does not reach {selector}.")


def answer(visitor: Explorer, name: str) -> None:
    """A wrong answer, then the right one."""
    page, answers = visitor.page, lesson(name, ENGLISH).question.answers
    wrong, right = (next(k for k, found in enumerate(answers) if found.right is wanted) for wanted in (False, True))
    for chosen, key in ((wrong, "Tab"), (right, "Tab" if right > wrong else "Shift+Tab")):
        go_to(page, f"#answers-{name} input[type=radio]", chosen, key)
        page.keyboard.press("Space")
        expect(page.locator(f"#why-{name}")).to_have_text(answers[chosen].why)
    expect(page.locator(f"#after-{name}")).to_be_visible()


def test_the_lesson_is_taken_with_the_keyboard_alone_to_a_caption_of_ones_own_and_is_kept(
    visitor: Explorer, tmp_path: Path
) -> None:
    page, chapters = visitor.page, list(CHAPTERS.values())
    visitor.open(f"?view={chapters[0].link}")
    for k, chapter in enumerate(chapters, 1):
        heading = page.get_by_role("heading", name=lesson(chapter.name, ENGLISH).title)
        expect(heading).to_be_visible()
        if chapter.name == "fit":  # nobody has guessed 0
            expect(page.locator("#lesson-fit-guess :is(input, textarea)")).to_have_value("")
        answer(visitor, chapter.name)
        visitor.expect_text("lesson-progress", f"{k} of {len(chapters)} answered")
        if k < len(chapters):
            go_to(page, f'#view-{chapter.link} a[href="?view={chapters[k].link}"]')
            page.keyboard.press("Enter")
            expect(page).to_have_url(re.compile(f"view={chapters[k].link}"))
    visitor.expect_clipped()
    go_to(page, "#lesson-caption-word input, #lesson-caption-word textarea", key="Shift+Tab")
    page.keyboard.type("cat")
    go_to(page, "#lesson-caption-compete")
    page.keyboard.press("Enter")
    visitor.expect_text("lesson-caption-verdict", "cat")
    page.reload()
    visitor.expect_text("lesson-progress", f"{len(chapters)} of {len(chapters)} answered")
    expect(page.locator(f"#after-{chapters[-1].name}")).to_be_visible()
    for button in (f"chapter-{chapters[-1].name}", "lesson-handout"):
        assert visitor.download(button, tmp_path).read_text("utf-8").startswith("<!doctype html>")
