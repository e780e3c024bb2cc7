"""Ctrl-C and SIGTERM while the libraries load and while a command works: the exit code, and nothing else."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

# Says when it begins to load the libraries, its own start behind it, and again when it works.
STARTED = """
import sys, time
from fuse_core.__main__ import main
sys.argv = ["fuse", "buckets", "--source", "gpt2-tokenizer", "--target", "clip-tokenizer"]
import fuse_core.cli.commands as commands
run = commands.run_buckets
def say_first(options):
    import fuse_core.words.buckets
    print("working", file=sys.__stdout__, flush=True)
    time.sleep(60)
from fuse_core.cli import parser
import dataclasses
parser.COMMANDS["buckets"] = dataclasses.replace(parser.COMMANDS["buckets"], run=say_first)
print("loading", flush=True)
sys.exit(main())
"""


CTRL_C, TOLD = (signal.SIGINT, 130), (signal.SIGTERM, 143)


@pytest.mark.parametrize(
    ("line", "delay", "number", "code"),
    [("loading", 0.2, *CTRL_C), ("loading", 0.8, *TOLD), ("working", 0.2, *CTRL_C), ("working", 0.2, *TOLD)],
)
def test_nothing_but_the_exit_code(line, delay, number, code):
    with subprocess.Popen([sys.executable, "-c", STARTED], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        while process.stdout.readline().decode().strip() != line:
            assert process.poll() is None
        time.sleep(delay)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (code, b"")
