"""From the process to the first page and the first step, cold and warm, and the memory. ``python -m benchmarks.start``.

*Cold* has an empty cache folder: what is converted, fitted and read the first time is made. *Warm* has all of it. The
first step is asked for over the wire (``/caption``, one step of the default preset) as soon as ``/readyz`` says that
the models are there. Starts take turns; a cold one takes minutes.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from statistics import median

import psutil

from fuse_core.search.presets import PRESETS
from tests.browser.server import served

PICTURE = PRESETS.parent / "images" / "cat.jpg"
PATIENCE = 900.0  # seconds
CLOCK = ("page", "ready", "step")
PROCESSOR = ("processor to the page", "processor for a page", "processor to a step")


def start(cache: str | None) -> dict[str, float]:
    """Seconds to the page, to readiness and to the end of the first step, the processor's too, and megabytes."""
    from gradio_client import Client, handle_file

    own = {"FUSE_CACHE": cache} if cache else {}
    known = {process.pid for process in psutil.Process().children()}
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with served(Path(folder) / "log", **own) as url:
            found = {"page": time.perf_counter() - began}
            (server,) = [process for process in psutil.Process().children() if process.pid not in known]
            found["processor to the page"] = processor(server)
            found["memory at the page"] = server.memory_info().rss / 2**20
            opened = processor(server)
            urllib.request.urlopen(url, timeout=60).close()
            found["processor for a page"] = processor(server) - opened
            while not is_ready(url):
                if time.perf_counter() - began > PATIENCE:
                    raise SystemExit("The app did not get ready.")
                time.sleep(0.2)
            found["ready"] = time.perf_counter() - began
            settings = {"steps": 1}
            Client(url, verbose=False).predict(picture=handle_file(PICTURE), settings=settings, api_name="/caption")
            found["step"] = time.perf_counter() - began
            found["processor to a step"] = processor(server)
            found["memory after a step"] = server.memory_info().rss / 2**20
    return found


def processor(server: psutil.Process) -> float:
    """Seconds of all its threads."""
    return sum(server.cpu_times()[:2])


def is_ready(url: str) -> bool:
    """Whether the models are loaded."""
    try:
        urllib.request.urlopen(f"{url}readyz", timeout=5).close()
    except (urllib.error.URLError, OSError):
        return False
    return True


def main() -> None:
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from benchmarks.report import Report, published

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cold", type=int, default=1, metavar="N", help="cold starts (%(default)s)")
    parser.add_argument("--warm", type=int, default=3, metavar="N", help="warm starts (%(default)s)")
    options = parser.parse_args()
    found: dict[str, list[dict[str, float]]] = {"cold": [], "warm": []}
    for k in range(max(options.cold, options.warm)):
        if k < options.cold:
            with tempfile.TemporaryDirectory() as empty:
                found["cold"].append(start(empty))
                print("cold", found["cold"][-1], file=sys.stderr)
        if k < options.warm:
            found["warm"].append(start(None))
            print("warm", found["warm"][-1], file=sys.stderr)
    middle = {
        name: {part: median(one[part] for one in starts) for part in starts[0]}
        for name, starts in found.items()
        if starts
    }
    page = middle["warm"]["page"]
    rows = [
        {
            "start": name,
            "starts": len(found[name]),
            **{f"{part} / warm page": f"{of[part] / page:.2g}" for part in (*CLOCK, *PROCESSOR)},
            **{f"{part}, MB": f"{of[part]:,.0f}" for part in ("memory at the page", "memory after a step")},
        }
        for name, of in middle.items()
    ]
    about = (
        "Medians of the time from the process to the first page, to loaded models, and to the end of the first step, "
        f"each over that to the page of a warm start, which was {page:.1f} s here; processor seconds of the server by "
        "then, and for one more page, over the same; and its memory. A page asks no model: it shows a recorded run."
    )
    published(Report("start", "Start", about, rows))


if __name__ == "__main__":
    main()
