"""The page as a visitor handles it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, Locator, Page, expect

ANALYSE = ("Tokenizers", "Adapter", "Fidelity", "Synthetic truth")  # views inside the Analyse tab
PATIENCE = 120_000  # milliseconds; the first step may wait for a model conversion


class Explorer:
    """One visit."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.script_errors: list[str] = []
        page.on("pageerror", self.note_error)

    def note_error(self, error: Error) -> None:
        self.script_errors.append(str(error))

    def open(self, query: str = "") -> None:
        self.page.goto(self.address + query)
        self.page.wait_for_selector(
            "#status .fx-status", state="attached", timeout=PATIENCE
        )  # a link may open another tab

    @property
    def caption(self) -> str:
        return self.page.locator("#caption").get_attribute("data-caption") or ""

    @property
    def status(self) -> str:
        return self.page.locator("#status").inner_text()

    def expect_status(self, pattern: str) -> None:
        expect(self.page.locator("#status")).to_contain_text(re.compile(pattern), timeout=PATIENCE)

    def press(self, button: str) -> None:
        self.page.click(f"#{button}")

    def upload(self, picture: Path) -> None:
        self.page.locator("#picture input[type=file]").set_input_files(picture)

    def load_run(self, file: Path) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.press("load")
        chooser.value.set_files(file)

    def save_run(self, target: Path) -> Path:
        with self.page.expect_download(timeout=PATIENCE) as download:
            self.press("save")
        download.value.save_as(target)
        return target

    def field(self, label: str) -> Locator:
        numbers = self.page.get_by_role("spinbutton", name=label, exact=True)
        # A text box is named by its label and its hint together.
        return numbers.or_(self.page.get_by_role("textbox", name=re.compile(f"^{label}")))

    def fill(self, label: str, value: str) -> None:
        field = self.field(label)
        field.fill(value)
        field.blur()

    def tab(self, name: str) -> None:
        """Open a tab, or a view inside the Analyse tab."""
        if name in ANALYSE:
            self.page.get_by_role("tab", name="Analyse", exact=True).click()
        self.page.get_by_role("tab", name=name, exact=True).click()

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


@contextmanager
def visiting(browser: Browser, address: str) -> Iterator[Explorer]:
    """A visit in a window and with a profile of its own."""
    context = browser.new_context()
    with visiting_in(context.new_page(), address) as visit:
        yield visit
    context.close()


@contextmanager
def visiting_in(page: Page, address: str) -> Iterator[Explorer]:
    """A visit in an open window, 1440 pixels wide, during which no script of the page may fail.

    Nothing of it is left to the next: what a site can keep in a browser is forgotten.
    """
    page.set_viewport_size({"width": 1440, "height": 900})
    visit = Explorer(page, address)
    yield visit
    page.remove_listener("pageerror", visit.note_error)
    if not page.is_closed():  # a visitor may have closed it
        if page.url.startswith(address):
            page.evaluate("localStorage.clear(); sessionStorage.clear()")
        page.context.clear_cookies()
        page.goto("about:blank")
    assert not visit.script_errors
