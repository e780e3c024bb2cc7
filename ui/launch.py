"""Where the app starts: Ctrl-C ends it in every moment, and nothing heavy is imported before that is so."""

from __future__ import annotations

import argparse
import atexit
import gc
import os
import signal
import sys

INTERRUPTED = 130  # the exit status of a program that Ctrl-C ended


def main() -> None:
    """Serve the page (``address.address``) until interrupted or told to end; the options are the command line's."""
    # Until the page is up, an interrupt may come anywhere, in a library's C code, too: nothing is to be cleaned up yet.
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    gc.disable()  # until the page is up: nothing of what is imported and built is garbage, and looking costs seconds
    from ui.kit.allocator import limit_heaps

    limit_heaps()  # before libraries begin threads
    from fuse_core.common import devices
    from fuse_core.common.errors import UserError, full_disk
    from ui.address import address

    parser = argparse.ArgumentParser(description="FUSE Explorer, served on $HOST:$PORT.")
    parser.add_argument("--device", metavar="D", help=f"{devices.HELP}; ${devices.VARIABLE} says so, too")
    parser.add_argument("--dtype", metavar="T", help=f"{devices.PRECISION_HELP}; ${devices.PRECISION} says so, too")
    options = parser.parse_args()
    try:
        where = address()
    except UserError as error:
        sys.exit(f"error: {error}")
    os.environ |= where.for_gradio
    from ui.serve import serve

    try:
        serve(where, options.device, options.dtype)
    except OSError as error:
        if full := full_disk(error):
            sys.exit(f"error: {full}")
        raise
    # The interpreter's own end would wait for threads in the middle of a fit: only what was registered for it is done.
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
