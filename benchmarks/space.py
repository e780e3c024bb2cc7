"""A Hugging Face Space rehearsed on this machine: ``python -m benchmarks.space``.

The Space's folder is built from the tree; it is started as the host would: ``requirements.txt`` alone is installed,
another user runs it, the tree cannot be written, there is no home. The hub's cache holds small checkpoints with random
weights, or with ``--full-size`` models as large as those of the Space (``benchmarks.space_hub``), cut to the files that
the head of README.md fetches. The host's own package, which reloads a Space that is being edited, is not there.
Minutes, most of them for pip; seconds with ``--python``, and small checkpoints.

With ``--cache`` the folder holds what the first start would make: adapters and word tables, of the models that are here
or in the hub's cache.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import yaml
from gradio_client import Client, handle_file

from benchmarks.machine import peak_memory
from benchmarks.space_hub import fill_hub
from fuse_core.search.default_preset import offline_preset
from tests.ports import free_port

REPOSITORY = Path(__file__).resolve().parents[1]
PARTS = ("app.py", "README.md", "LICENSE", "requirements.txt", "fuse_core", "ui", "assets")
STUBS = {"ui": ["*.pyi"]}  # Gradio writes them beside components
USER = 1000  # the host's
FAILED = "could not be loaded"  # what /readyz says when it is of no use to wait on
PATIENCE = 900.0  # seconds for the page, and for the models
MEMORY = 16_000_000_000  # bytes, of the host's smallest machine
LARGE = "cache/** filter=lfs diff=lfs merge=lfs -text\n"  # files of more than ten megabytes want Git LFS there
FEW = {"steps": 2, "beams": 2, "candidates": 16, "examples": ""}  # small checkpoints read few tokens


def build(folder: Path) -> Path:
    """Copy what a Space needs of the tree into a new folder."""
    folder.mkdir(parents=True)
    for name in PARTS:
        copy = shutil.copy if (REPOSITORY / name).is_file() else _copy_tree
        copy(REPOSITORY / name, folder / name)
    return folder


def _copy_tree(source: Path, target: Path) -> None:
    left_out = shutil.ignore_patterns("__pycache__", "screenshots", *STUBS.get(source.name, ()))
    shutil.copytree(source, target, ignore=left_out)


def fill_cache(space: Path, python: Path, hub: Path | None = None) -> int:
    """Let a folder's program make what its first start would, into the folder; the bytes that it comes to."""
    where = {"HF_HUB_CACHE": str(hub), "HF_HUB_OFFLINE": "1"} if hub else {}
    environment = {**os.environ, **where, "FUSE_CACHE": str(space / "cache"), "SPACE_ID": ""}
    command = [python, "-m", "fuse_core", "prepare", "--preset", offline_preset()]
    subprocess.run(command, cwd=space, env=environment, stdout=subprocess.DEVNULL, check=True)
    for scratch in ("locks", "staging"):
        shutil.rmtree(space / "cache" / scratch, ignore_errors=True)
    for compiled in list(space.rglob("__pycache__")):
        shutil.rmtree(compiled)
    (space / ".gitattributes").write_text(LARGE, "utf-8")
    return sum(path.stat().st_size for path in (space / "cache").rglob("*") if path.is_file())


def settings(folder: Path) -> dict[str, Any]:
    """What the head of the folder's README.md says."""
    return yaml.safe_load((folder / "README.md").read_text("utf-8").split("---\n", 2)[1])


def environment(folder: Path, requirements: Path) -> Path:
    """The Python of a new environment in which a requirements file is installed, and nothing else."""
    system = shutil.which(f"python3.{sys.version_info.minor}", path="/usr/local/bin:/usr/bin")  # others may run it
    subprocess.run([system or sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", "-qq", "-r", requirements], check=True)
    return python


@contextmanager
def started(space: Path, python: Path, hub: Path, log: Path) -> Iterator[tuple[subprocess.Popen[Any], str]]:
    """The process and its address; killed when the block ends."""
    port = free_port()
    variables = {
        "PATH": "/usr/bin:/bin",
        "HOME": "/nonexistent",
        "SPACE_ID": "somebody/fuse-explorer",
        "GRADIO_SERVER_NAME": "0.0.0.0",
        "GRADIO_SERVER_PORT": str(port),
        "HF_HUB_CACHE": str(hub),
        "HF_HUB_OFFLINE": "1",
        "GRADIO_TEMP_DIR": str(log.parent / "uploads"),
    }
    other = {"user": USER, "group": USER, "extra_groups": []} if os.getuid() == 0 else {}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [python, "app.py"], cwd=space, env=variables, stdout=out, stderr=out, preexec_fn=limit_memory, **other
        )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def make_read_only(folder: Path) -> None:
    """Nobody may write there but root, who may always."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222 | 0o444)


def until_answered(address: str, process: subprocess.Popen[Any]) -> None:
    """Wait until it answers with 200.

    Raises
    ------
    RuntimeError
        When the process ends, says that models could not be loaded, or does not answer with 200 in time.
    """
    deadline, said = time.monotonic() + PATIENCE, "no answer"
    while process.poll() is None and time.monotonic() < deadline and FAILED not in said:
        try:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=60).close()
            return
        except urllib.error.HTTPError as refusal:
            said = refusal.read().decode()
        except (urllib.error.URLError, OSError) as error:
            said = str(error)
        time.sleep(0.2)
    raise RuntimeError(f"{address}: {said}")


def limit_memory() -> None:
    """Let this process have no more memory than the host's smallest machine."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def captioned(address: str, picture: Path, given: dict[str, Any]) -> str:
    """A caption by the public endpoint."""
    client = Client(address, verbose=False, analytics_enabled=False)
    answer, _ = client.predict(picture=handle_file(str(picture)), settings=given, api_name="/caption")
    return answer["caption"]


def rehearse(folder: Path, python: Path | None, cache: bool, full_size: bool) -> None:
    """Start a folder's Space, and print what was measured."""
    space, hub, log = folder / "space", folder / "hub", folder / "work" / "log.txt"
    fill_hub(hub, settings(space)["preload_from_hub"], full_size)
    began = time.monotonic()
    python = python or environment(folder / "environment", space / "requirements.txt")
    print(f"environment {time.monotonic() - began:8.1f} s", flush=True)
    if cache:
        began = time.monotonic()
        size = fill_cache(space, python, hub)
        print(f"cache       {time.monotonic() - began:8.1f} s, {size / 1e6:.1f} MB", flush=True)
    make_read_only(space)
    make_read_only(hub)
    log.parent.mkdir()
    log.parent.chmod(0o777)
    began = time.monotonic()
    with started(space, python, hub, log) as (process, address):
        try:
            for what, path in (("first page", "/"), ("first Step", "/readyz")):
                until_answered(address + path, process)
                used = sum(psutil.Process(process.pid).cpu_times()[:2])
                print(f"{what:11} {time.monotonic() - began:8.1f} s, of the processor {used:.1f} s", flush=True)
            text = captioned(address, space / "assets" / "images" / "cat.jpg", {} if full_size else FEW)
            print(f"first caption {time.monotonic() - began:6.1f} s, by the endpoint: {text!r}", flush=True)
            held = peak_memory(psutil.Process(process.pid)) / 1e3
            print(f"memory      {held:8.2f} GB at most, of {MEMORY / 1e9:.0f}")
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            print(opener.open(f"{address}/healthz", timeout=60).read().decode())
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            print(f"exit {process.wait(30)}      {time.monotonic() - began:8.1f} s after SIGTERM")
        finally:
            print(log.read_text("utf-8", "replace"), file=sys.stderr)


def main() -> int:
    """Build, and rehearse unless the folder is to be kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="only build, and leave FOLDER/space there")
    parser.add_argument("--python", type=Path, help="of an environment in which requirements.txt is installed already")
    parser.add_argument("--cache", action="store_true", help="put what the first start would make into the folder")
    parser.add_argument("--full-size", action="store_true", help="models as large as the Space's, two of them its own")
    options = parser.parse_args()
    if options.keep:
        print(space := build(options.keep / "space"))
        if options.cache:
            print(f"{fill_cache(space, options.python or Path(sys.executable)) / 1e6:.1f} MB of cache")
        return 0
    with tempfile.TemporaryDirectory(prefix="fuse-space-") as name:
        Path(name).chmod(0o755)
        build(Path(name) / "space")
        rehearse(Path(name), options.python, options.cache, options.full_size)
    return 0


if __name__ == "__main__":
    sys.exit(main())
