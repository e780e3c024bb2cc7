"""The real app, and a real Chromium to visit it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

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
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the app writes."""
    return tmp_path_factory.mktemp("app") / "log.txt"


@pytest.fixture(scope="session")
def address(prepared: Path, log: Path) -> Iterator[str]:
    """Where the app is served, with a cache that holds what was prepared and forgets what visitors add."""
    cache = log.parent / "cache"
    shutil.copytree(prepared, cache, copy_function=os.symlink, ignore=shutil.ignore_patterns("locks"))
    with served(log, FUSE_CACHE=str(cache)) as url:
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


@pytest.fixture
def reader(explorer: Explorer, picture_paths: dict[str, Path]) -> Explorer:
    """A visitor who uploaded a picture and asked for a short run."""
    explorer.upload(picture_paths["cat"])
    explorer.expect_status("Ready")
    for label, value in (("Steps", "5"), ("Beams", "2"), ("Candidates", "24")):
        explorer.fill(label, value)
    return explorer
