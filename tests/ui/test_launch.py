"""Starting and stopping the app: in a process of its own, with an empty page."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fuse_core.common import devices
from fuse_core.common.errors import UserError
from tests.ports import free_port
from ui import launch, serve
from ui.serve import exempt_from_proxies

REPOSITORY = Path(__file__).resolve().parents[2]
SECONDS = 120
# The app as it is, but for the page, the models, and a line when it serves.
EMPTY = """
import os, time
import gradio as gr
from ui import launch, serve

class Page(gr.Blocks):
    def launch(self, **options):
        super().launch(**options)
        print("serving", flush=True)
        time.sleep(float(os.environ["BEFORE"]))

class Named:
    loaded = ["gpt2-medium"]

    def __init__(self, device, dtype):
        self.device = device

with Page() as page:
    pass
gr.networking.url_ok = lambda url: False  # Gradio's own look at the page, whose answer may be late on a busy machine
serve.Library, serve.build, serve.WarmUp.start = Named, lambda *_: page, lambda _: None
launch.main()
"""


@pytest.fixture
def environment() -> dict[str, str]:
    without = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return without | {"PORT": str(free_port()), "PYTHONPATH": str(REPOSITORY)}


def started(*command: str, env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *command], cwd=REPOSITORY, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.fixture(params=[0, pytest.param(5, marks=pytest.mark.full)], ids=["while it waits", "a moment before"])
def behind_proxy(environment: dict[str, str], request) -> Iterator[subprocess.Popen[str]]:
    """An app whose environment names a proxy that is not there, for every address; it waits late for an interrupt."""
    nowhere = "http://127.0.0.1:9"
    proxies = {"http_proxy": nowhere, "https_proxy": nowhere, "all_proxy": nowhere}
    with started("-c", EMPTY, env=environment | proxies | {"BEFORE": str(request.param)}) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "told to end"])
def test_a_proxy_does_not_stand_before_the_apps_own_address_and_a_signal_ends_it(behind_proxy, environment, number):
    assert behind_proxy.stdout is not None
    assert "serving\n" in behind_proxy.stdout  # reads on until the line comes, or the process ends
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    address = f"http://127.0.0.1:{environment['PORT']}"
    assert direct.open(f"{address}/", timeout=SECONDS).status == 200
    with direct.open(f"{address}/healthz", timeout=SECONDS) as answer:
        assert json.load(answer)["loaded"] == ["gpt2-medium"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        direct.open(f"{address}/readyz", timeout=SECONDS)
    assert refused.value.code == 503
    assert json.load(refused.value) == {"status": "The first models are being loaded."}
    evil = {"Origin": "https://evil.example", "Host": "app.example", "Access-Control-Request-Method": "POST"}
    for method, path, headers, status in (
        ("OPTIONS", "/gradio_api/queue/join", evil, 403),
        ("GET", "/config", evil, 403),
        ("GET", "/openapi.json", {}, 404),
        ("POST", "/gradio_api/call/anything", {}, 404),
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            direct.open(urllib.request.Request(address + path, method=method, headers=headers), timeout=SECONDS)
        assert refused.value.code == status
        assert "access-control-allow-origin" not in refused.value.headers
    with direct.open(f"{address}/monitoring/summary", timeout=SECONDS) as answer:
        assert (answer.status, answer.read()) == (204, b"")
    behind_proxy.send_signal(number)
    _, errors = behind_proxy.communicate(timeout=SECONDS)
    assert errors == ""
    assert behind_proxy.returncode == 0


@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.0])
def test_ctrl_c_while_it_starts_ends_it_without_a_word(environment, seconds):
    with started("app.py", env=environment) as process:
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=SECONDS) == ("", "")
        assert process.returncode == 130


@pytest.mark.parametrize(
    ("names", "exempt"),
    [
        ({}, "0.0.0.0,localhost,127.0.0.1"),
        ({"NO_PROXY": "intranet,localhost"}, "intranet,localhost,0.0.0.0,127.0.0.1"),
        ({"no_proxy": "*"}, "*,0.0.0.0,localhost,127.0.0.1"),
    ],
)
def test_what_was_exempt_stays_exempt(monkeypatch, names, exempt):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "")  # put back after the test
        monkeypatch.delenv(name)
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    exempt_from_proxies("0.0.0.0")
    assert os.environ["no_proxy"] == os.environ["NO_PROXY"] == exempt


@pytest.fixture
def called(environment, monkeypatch) -> Callable[..., object]:
    """What the app ends with, called with arguments in this process, on a machine without a GPU."""
    monkeypatch.setenv("HOST", "127.0.0.1")
    monkeypatch.setenv("PORT", environment["PORT"])
    monkeypatch.setattr(devices, "available", lambda: ["cpu"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    def call(*arguments: str) -> object:
        monkeypatch.setattr("sys.argv", ["app.py", *arguments])
        with pytest.raises(SystemExit) as ended:
            launch.main()
        return ended.value.code

    return call


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--dtype", "float8"), "Models are not kept in 'float8'. Choose one of: float32, bfloat16, float16."),
        (("--device", "tpu"), "There is no device 'tpu' here. Choose one of: auto, cpu."),
    ],
)
def test_what_models_cannot_live_in_or_on_is_one_sentence(called, arguments, message):
    assert called(*arguments) == f"error: {message}"


def test_the_weights_type_reaches_the_library(called, monkeypatch):
    made = []

    def library(**given):
        made.append(given)
        raise UserError("Far enough.")

    monkeypatch.setattr(serve, "Library", library)
    assert called("--dtype", "bfloat16") == "error: Far enough."
    assert made == [{"device": devices.chosen_device(), "dtype": "bfloat16"}]


def test_a_full_disk_is_told_at_the_start(monkeypatch):
    """Gradio writes the page's pictures among the temporary files while it is built."""

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(launch.signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["app.py"])
    monkeypatch.setattr(serve, "serve", full)
    with pytest.raises(SystemExit, match=r"^error: The disk takes no more files \(no space left on device\)\. Try"):
        launch.main()
