"""The real app, and a real Chromium to visit it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.explorer import Explorer, visiting_in
from tests.browser.server import served

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the app is served."""
    with served(tmp_path_factory.mktemp("app") / "log.txt") as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    installed = next((path for name in names if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=installed, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def window(browser: Browser) -> Page:
    """A window that visits follow each other in: there the page's scripts are compiled once, which halves its start."""
    return browser.new_context().new_page()


@pytest.fixture
def visitor(window: Page, address: str) -> Iterator[Explorer]:
    """A visitor who is about to open the page, at 1440 pixels."""
    with visiting_in(window, address) as visit:
        yield visit


@pytest.fixture
def explorer(visitor: Explorer) -> Explorer:
    """A visitor who has just opened the page."""
    visitor.open()
    return visitor
