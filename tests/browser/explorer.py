"""The page as a visitor handles it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Error, Locator, Page, expect

ANALYSE = ("Tokenizers", "Adapter", "Fidelity", "Synthetic truth")  # views inside the Analyse tab
PATIENCE = 180_000  # milliseconds that anything may take; the machine may be busy
expect.set_options(timeout=PATIENCE)


class Explorer:
    """One visit."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.script_errors: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", self.note_error)

    def note_error(self, error: Error) -> None:
        self.script_errors.append(str(error))

    def open(self, query: str = "") -> None:
        self.page.goto(self.address + query)
        self.page.wait_for_function("() => window.fxReady")

    @property
    def caption(self) -> str:
        return self.page.locator("#caption").get_attribute("data-caption") or ""

    @property
    def status(self) -> str:
        return self.page.locator("#status").inner_text()

    def expect_status(self, pattern: str) -> None:
        self.expect_text("status", pattern)

    def expect_text(self, element: str, pattern: str) -> None:
        expect(self.page.locator(f"#{element}")).to_contain_text(re.compile(pattern))

    def expect_figure(self, element: str) -> None:
        expect(self.page.locator(f"#{element} .js-plotly-plot")).to_be_visible()

    def expect_clipped(self, within: str = "body") -> None:
        """What the figures draw ends at their axes, though the address has changed since."""
        parts = self.page.locator(f"{within} [clip-path]")
        clips = parts.evaluate_all("(parts) => parts.map((part) => part.getAttribute('clip-path'))")
        assert clips
        assert all(clip.startswith("url(#") for clip in clips)

    def expect_caption(self, caption: str) -> None:
        expect(self.page.locator("#caption")).to_have_attribute("data-caption", caption)

    def press(self, button: str) -> None:
        self.page.click(f"#{button}")

    def press_until_told(self, button: str) -> None:
        """Press what changes the line below the buttons; again, where the answer to the last press was still ending."""
        before = self.status
        self.press(button)
        with suppress(AssertionError):
            expect(self.page.locator("#status")).not_to_have_text(before, timeout=5_000)
        if self.status == before:
            self.press(button)

    def take_steps(self, *numbers: int) -> None:
        for number in numbers:
            self.press_until_told("step")
            self.expect_status(rf"Step {number} of \d+\.")

    def upload(self, picture: Path) -> None:
        self.page.locator("#picture input[type=file]").set_input_files(picture)

    def give_file(self, button: str, file: Path) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.press(button)
        chooser.value.set_files(file)

    def download(self, button: str, folder: Path) -> Path:
        with self.page.expect_download() as download:
            self.press(button)
        target = folder / download.value.suggested_filename
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

    def fill_number(self, element: str, value: int) -> None:
        field = self.page.locator(f"#{element} input[type=number]")
        field.fill(str(value))
        field.blur()

    def choose(self, label: str, option: str) -> None:
        self.page.get_by_role("combobox", name=label, exact=True).click()
        self.page.get_by_role("option", name=option, exact=True).click()

    def choose_in(self, element: str, option: str) -> None:
        self.page.locator(f"#{element} input").click()
        self.page.locator(f"#{element}").get_by_role("option", name=option).click()

    def open_settings(self, group: str) -> None:
        self.page.locator(f"#{group}-settings > button").click()
        expect(self.page.locator(f"#{group}-settings input, #{group}-settings textarea").first).to_be_visible()
        # Gradio fills fields shown for the first time a frame later, over what a quick hand has typed by then.
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def open_step(self, step: int) -> None:
        self.page.locator("#timeline input[type=number]").fill(str(step))
        self.expect_text("facts", f"Step {step} of")

    def tab(self, name: str) -> None:
        """Open a tab, or a view inside the Analyse tab."""
        if name in ANALYSE:
            self.page.get_by_role("tab", name="Analyse", exact=True).click()
        self.page.get_by_role("tab", name=name, exact=True).click()

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


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
            page.evaluate("localStorage.clear(); sessionStorage.clear(); indexedDB.deleteDatabase('fuse-explorer')")
        page.context.clear_cookies()
        page.goto("about:blank")
    assert not visit.script_errors
