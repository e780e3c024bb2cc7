"""The real app in a process of its own, and a real Chromium to visit it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.explorer import Explorer

REPOSITORY = Path(__file__).resolve().parents[2]
STARTUP_SECONDS = 120
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in Path(item.fspath).parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the app is served."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("app") / "log.txt"
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port)}
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=REPOSITORY, env=environment, stdout=out, stderr=out)
    url = f"http://127.0.0.1:{port}/"
    try:
        _wait_until_served(url, process, log)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_served(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    pytest.fail(f"The app did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium; every visit gets an empty profile of its own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    installed = next((path for name in names if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=installed, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def explorer(browser: Browser, address: str) -> Iterator[Explorer]:
    """A visitor who has just opened the page at 1440 pixels."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    visit = Explorer(context.new_page(), address)
    visit.open()
    yield visit
    context.close()
    assert not visit.script_errors
