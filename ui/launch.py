"""Where the app starts: Ctrl-C ends it in every moment, and nothing heavy is imported before that is so."""

from __future__ import annotations

import os
import signal

INTERRUPTED = 130  # the exit status of a program that Ctrl-C ended


def main() -> None:
    """Serve the page on HOST:PORT (default 127.0.0.1:7860) until interrupted."""
    # Until the page is up, an interrupt may come anywhere, in a library's C code, too: nothing is to be cleaned up yet.
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    from ui.serve import serve

    serve()
