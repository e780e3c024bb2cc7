"""How long the page keeps a visitor waiting, and how much it sends: ``python -m benchmarks.page``.

The app runs in a process of its own and is visited by a real Chromium. Four parts, any of which can be chosen:

``first``  The first view is complete: Step, status, picture and caption of the recorded run stand, its figure is drawn
           as a still that the page brings, and no request is open. Plotly's own drawing and what stands below the run
           are asked for a second later (``plotted`` is when they stand), and views when their tabs are opened. Each
           visit is a fresh one with an empty cache, before any model is loaded: the app does not warm up here.
``sign``   From the press of Step to the first change of the status line.
``kept``   From the moment that a step is on show to its being in the browser's own database.
``bytes``  Every answer of every handler on a way through all views: its largest message, and all of one press.

What else runs on the machine lengthens the seconds on the clock; processor seconds, of the server and of all of the
browser's processes, are not. The load is printed. A minute on two idle cores, and five for ``bytes``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

from fuse_core.cli.text_table import text_table
from tests.browser.explorer import PATIENCE
from tests.browser.server import served

PROBE = Path(__file__).with_suffix(".js")
COLD = "from ui.warm_up import WarmUp; WarmUp.start = lambda self: None; from ui.launch import main; main()"
TARGETS = {"first": 2.0, "sign": 0.3, "kept": 1.0, "bytes": 1_000_000}  # seconds; bytes
# View -> what is pressed there, in turn; every button that saves a table or a figure, or copies a link, is besides.
JOURNEY: dict[str, Sequence[str]] = {
    "optimise": ("run", "branch", "back", "replay", "seen > button", "save", "trace", "run-page", "reset", "undo"),
    "baselines": (),
    "batch": (),
    "evaluate": (),
    "tokenizers": (),
    "adapter": ("ad-fit", "ad-measure"),
    "fidelity": ("fid-one",),
    "synthetic": (),
    "evidence": (),
    "lesson-cuts": ("lesson-cuts-first", "lesson-cuts-second", "chapter-cuts", "lesson-handout"),
    "lesson-words": ("lesson-words-count",),
    "lesson-tensors": ("lesson-tensor-live",),
    "lesson-t-product": ("lesson-check", "lesson-time"),
    "lesson-pseudoinverse": ("lesson-bucket-live",),
    "lesson-fit": ("lesson-fit", "lesson-fit-every", "chapter-fit"),
    "lesson-landing": ("lesson-land", "lesson-count", "lesson-land-live"),
    "lesson-gradient": ("lesson-gradient-carry",),
    "lesson-ranking": ("lesson-ranking-next", "lesson-ranking-measure"),
    "lesson-caption": ("lesson-caption-begin", "lesson-caption-compete", "lesson-caption-step"),
    "how": (),
}
SAVES = ":is(.fx-export, .fx-link) button:visible:enabled"
STILL = "() => fxProbe.painted && !fxProbe.open && performance.now() - fxProbe.idle > 500"


class Used:
    """Processor seconds of the server and of the browser; ``since`` a moment, those from then on."""

    def __init__(self, server: psutil.Process) -> None:
        self.server = server
        self.before = self._now()

    def _now(self) -> dict[int, float]:
        every = [self.server, *psutil.Process().children(recursive=True)]
        return {process.pid: sum(process.cpu_times()[:2]) for process in every if process.is_running()}

    def since(self) -> tuple[float, float]:
        now = {pid: seconds - self.before.get(pid, 0.0) for pid, seconds in self._now().items()}
        own = now.pop(self.server.pid)
        return own, sum(now.values())


def opened(browser: Browser, url: str) -> Page:
    """A fresh visit, with an empty cache."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(path=PROBE)
    page.goto(url)
    page.wait_for_function(STILL, timeout=PATIENCE)
    return page


def first_views(browser: Browser, url: str, server: psutil.Process, visits: int) -> list[dict[str, float]]:
    """Seconds on the clock until it is painted and complete, and processor seconds, of so many visits."""
    found, sizes = [], []
    for _ in range(visits):
        used = Used(server)
        page = opened(browser, url)
        own, browsers = used.since()
        painted, complete = (page.evaluate(f"fxProbe.{name}") / 1_000 for name in ("painted", "complete()"))
        page.wait_for_function("() => fxProbe.plotted", timeout=PATIENCE)
        plotted = page.evaluate("fxProbe.plotted") / 1_000
        row = {"complete": complete, "painted": painted, "plotted": plotted}
        found.append(row | {"server CPU": own, "browser CPU": browsers})
        sizes = page.evaluate("fxProbe.sizes()")
        page.context.close()
    print(f"{len(sizes)} requests, {sum(size for _, size in sizes):,} bytes without the page itself; the largest:")
    print(text_table([{"bytes": size, "": name.replace(url, "/")} for name, size in sorted(sizes, key=_size)[:5]]))
    return found


def _size(sized: tuple[str, int]) -> int:
    return -sized[1]


def steps(page: Page, count: int) -> list[dict[str, float]]:
    """Seconds from each press of Step to its first sign and to its end, and from there until it is kept."""
    found = []
    for number in range(count + 1):  # the first loads the models
        page.click("#step")
        page.wait_for_function("() => fxProbe.ended && fxProbe.kept", timeout=PATIENCE)
        page.wait_for_function("async (n) => (await fxKept.runs())[0]?.count === n", arg=number + 2, timeout=PATIENCE)
        clicked, sign, ended, kept = page.evaluate(
            "['clicked', 'sign', 'ended', 'kept'].map((n) => fxProbe[n] / 1_000)"
        )
        found.append({"sign": sign - clicked, "step": ended - clicked, "kept": kept - ended})
        page.wait_for_function(STILL, timeout=PATIENCE)
    return found[1:]


def journey(page: Page) -> list[dict[str, Any]]:
    """Every handler's answers on the way, the largest first."""
    for view, buttons in JOURNEY.items():
        page.evaluate("(view) => fxGo(view)", view)
        for button in buttons:
            _press(page, f"#{button}")
        exports = page.locator(SAVES).evaluate_all("(all) => all.map((b) => b.id)")
        for button in exports:
            _press(page, f"#{button}")
    by_handler: dict[str, dict[str, Any]] = {}
    for answer in page.evaluate("fxProbe.handlers()"):
        known = by_handler.setdefault(
            answer["handler"], {"handler": answer["handler"], "presses": 0, "largest": 0, "press": 0}
        )
        known["presses"] += 1
        known["largest"], known["press"] = (
            max(known["largest"], answer["largest"]),
            max(known["press"], answer["total"]),
        )
    return sorted(by_handler.values(), key=lambda row: -row["press"])


def _press(page: Page, selector: str) -> None:
    try:
        page.wait_for_function(STILL, timeout=PATIENCE)
        page.click(selector, timeout=5_000)
        page.wait_for_timeout(300)
        page.wait_for_function(STILL, timeout=PATIENCE)
    except TimeoutError:
        print(f"{selector} was not to be pressed, or did not end", file=sys.stderr)


def told(name: str, values: Iterable[float]) -> bool:
    """Print median and longest of a time; whether all of them meet the target."""
    values, target = [*values], TARGETS[name]
    slow = sum(value > target for value in values)
    print(
        f"{name}: median {statistics.median(values):.2f} s, longest {max(values):.2f} s, "
        f"n {len(values)}, target {target:g} s"
    )
    return not slow


def main() -> int:
    """Measure and print; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="*", choices=[*TARGETS, []], help="default: all")
    parser.add_argument("--times", type=int, default=6, help="visits, and steps (%(default)s)")
    options = parser.parse_args()
    parts, good = options.part or [*TARGETS], True
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "log.txt", ("-c", COLD)) as url:
        server = psutil.Process().children()[0]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"]
            )
            if "first" in parts:
                opened(browser, url).context.close()  # the server's first answer, and the browser's own start
                views = first_views(browser, url, server, options.times)
                print(text_table([{"visit": k, **view} for k, view in enumerate(views, 1)]))
                good &= told("first", [view["complete"] for view in views])
            page = opened(browser, url)
            if {"sign", "kept", "bytes"} & {*parts}:
                taken = steps(page, options.times if {"sign", "kept"} & {*parts} else 1)
                print(text_table([{"number": k, **step} for k, step in enumerate(taken, 2)]))
                for name in {"sign", "kept"} & {*parts}:
                    good &= told(name, [step[name] for step in taken])
            if "bytes" in parts:
                rows = journey(page)
                print(text_table(rows))
                good &= rows[0]["press"] <= TARGETS["bytes"]
            browser.close()
    print(
        "Load average of the last 1, 5 and 15 minutes: {:.1f}, {:.1f}, {:.1f}; ".format(*os.getloadavg())
        + f"{os.cpu_count()} cores."
    )
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
