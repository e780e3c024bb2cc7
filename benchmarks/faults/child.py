"""Runs of the command line in processes that are forked from this one, which has the libraries loaded already.

What happens in such a process happens between two of its operations on files: a hook of Python's own (PEP 578) counts
those inside the world, and strikes before a given one.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.faults.world import Work, World
from fuse_core.__main__ import main

PATIENCE = 300.0  # seconds for a run; a clean one takes one where nothing else is at work
COMPUTING = 30  # seconds of the processor
OPERATIONS = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.truncate", "shutil.rmtree")
Strike = Callable[[World], object]


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes
    ----------
    code : int
        Exit status; negative: the signal that ended it.
    out, err : str
    seconds : float
    operations : int
        On files of the world that it writes, as far as it counted.
    hung : bool
        Whether it was given up.
    """

    code: int
    out: str
    err: str
    seconds: float
    operations: int = 0
    hung: bool = False

    @property
    def answer(self) -> object:
        """What it printed, without seconds and places; the text where that is no JSON."""
        try:
            return _bare(json.loads(self.out))
        except ValueError:
            return self.out

    @property
    def sentences(self) -> list[str]:
        """What it said beside progress."""
        return [line for line in self.err.splitlines() if line and not line.startswith("[")]


def _bare(value: object) -> object:
    if isinstance(value, dict):
        return {k: _bare(v) for k, v in value.items() if k not in ("path", "cache") and "seconds" not in k}
    return [_bare(v) for v in value] if isinstance(value, list) else value


@dataclass
class Run:
    """A run that was begun: ``wait`` for its end.

    Parameters
    ----------
    before : callable, optional
        Called in the process before all else.
    strike, at : callable, int, optional
        Called in the process, of the world, before its operation of that number; ``reading`` counts what it opens of
        ``models`` in place of what it writes.
    """

    world: World
    work: Work
    before: Callable[[], object] = lambda: None
    strike: Strike = lambda world: None
    at: int = -1
    reading: bool = False
    log: str = "run"
    pid: int = field(init=False)
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = time.monotonic()
        self.pid = os.fork()
        if not self.pid:
            self._child()

    def _log(self, name: str) -> Path:
        return self.world.root / f"{self.log}.{name}"

    def _child(self) -> None:
        code = 70
        try:
            for k, name in ((1, "out"), (2, "err")):
                os.dup2(os.open(self._log(name), os.O_CREAT | os.O_WRONLY | os.O_TRUNC), k)
            used = int(time.process_time())
            resource.setrlimit(resource.RLIMIT_CPU, (used + COMPUTING, used + COMPUTING))
            self.world.enter()
            self.before()
            self._count()
            code = main(self.work.arguments)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        except BaseException:
            traceback.print_exc()
        finally:
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _count(self) -> None:
        counter = os.open(self._log("count"), os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        inside = [str(path) for path in ([self.world.root / "models"] if self.reading else self.world.written)]
        done, busy = 0, False

        def hook(event: str, given: tuple) -> None:
            nonlocal done, busy
            if busy or not (event in OPERATIONS or event == "open"):
                return
            if event == "open" and bool((given[2] or 0) & (os.O_WRONLY | os.O_RDWR)) == self.reading:
                return
            if not isinstance(given[0], (str, os.PathLike)):
                return
            if not os.path.abspath(given[0]).startswith(tuple(inside)):
                return
            if done == self.at:
                busy = True
                self.strike(self.world)
                busy = False
            done += 1
            os.pwrite(counter, str(done).encode(), 0)

        sys.addaudithook(hook)

    def signal(self, number: int) -> None:
        """Send it a signal; one that has ended takes none."""
        os.kill(self.pid, number)

    def _said(self, name: str) -> str:
        """Nothing, of a process that ended before it could say anything."""
        log = self._log(name)
        return log.read_text("utf-8", "replace") if log.exists() else ""

    def wait(self) -> Ended:
        """Its end; one that does not come is given up."""
        hung, status = False, 0
        while True:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                break
            if time.monotonic() - self.began > PATIENCE and not hung:
                hung = True
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.003)
        count = self._log("count").read_text() if self._log("count").exists() else ""
        out, err = (self._said(name) for name in ("out", "err"))
        seconds = time.monotonic() - self.began
        return Ended(os.waitstatus_to_exitcode(status), out, err, seconds, int(count or 0), hung)
