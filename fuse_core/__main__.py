"""``python -m fuse_core``, and the command ``fuse``."""

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

# Before torch is loaded: processes whose threads wait busily starve each other.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
INTERRUPTED = 130  # what shells make of Ctrl-C


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; Ctrl-C ends it at once, with nothing but the exit code."""
    signal.signal(signal.SIGINT, _interrupt)
    try:
        from fuse_core.cli.parser import main as run

        return run(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))  # what is left is the interpreter's own end


def _interrupt(_signal: int, frame: FrameType | None) -> None:
    """In an import an exception would be taken for the library's own failure, so there the process just ends."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            os._exit(INTERRUPTED)
        frame = frame.f_back
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
