"""``python -m fuse_core``, and the command ``fuse``."""

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

# Before torch is loaded: processes whose threads wait busily starve each other.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
ENDED = {signal.SIGINT: 130, signal.SIGTERM: 143}  # the exit statuses that shells make of Ctrl-C and of ``kill``


class Ended(BaseException):
    """A signal told the program to end: what it began is put away on the way out."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; Ctrl-C or SIGTERM ends it at once, with nothing but the exit code."""
    told: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        if _imports(frame):
            os._exit(ENDED[signal.Signals(number)])
        told.append(number)
        raise Ended

    for number in ENDED:
        signal.signal(number, end)
    try:
        from fuse_core.cli.parser import main as run

        return run(arguments)
    except Ended:
        return ENDED[signal.Signals(told[0])]
    finally:
        for number, status in ENDED.items():  # what is left is the interpreter's own end
            signal.signal(number, lambda *_, status=status: os._exit(status))


def _imports(frame: FrameType | None) -> bool:
    """Whether an import goes on: an exception would be taken for the library's own failure."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


if __name__ == "__main__":
    sys.exit(main())
