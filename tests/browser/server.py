"""The real app in a process of its own."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ports import free_port

REPOSITORY = Path(__file__).resolve().parents[2]
PR_SET_PDEATHSIG = 1  # of Linux
STARTUP_SECONDS = 300  # the machine may be busy


@contextmanager
def served(log: Path, command: Sequence[str] = ("app.py",), **environment: str) -> Iterator[str]:
    """The address of an app that Python starts by ``command``, that writes to ``log`` and ends with the context."""
    port = free_port()
    settings = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port), **environment}
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=REPOSITORY,
            env=settings,
            stdout=out,
            stderr=out,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )
    url = f"http://127.0.0.1:{port}/"
    try:
        _wait_until_served(url, process, log)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _end_with_parent() -> None:
    """Whatever ends this process, a kill included, ends what it started."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


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
