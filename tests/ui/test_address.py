"""Which address the page is served on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuse_core.common.errors import UserError
from ui.address import HOSTS, PORTS, address

REPOSITORY = Path(__file__).resolve().parents[2]
SPACE = {"SPACE_ID": "somebody/fuse"}


def surroundings(monkeypatch, values: dict[str, str]) -> None:
    for name in (*HOSTS, *PORTS, "SPACE_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ("127.0.0.1", 7860)),
        ({"GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": "7871"}, ("0.0.0.0", 7871)),
        ({"HOST": "127.0.0.2", "PORT": "80", "GRADIO_SERVER_NAME": "x", "GRADIO_SERVER_PORT": "y"}, ("127.0.0.2", 80)),
        ({"HOST": " ", "PORT": "", "GRADIO_SERVER_PORT": "65535"}, ("127.0.0.1", 65535)),
        (SPACE, ("0.0.0.0", 7860)),
        (SPACE | {"GRADIO_SERVER_NAME": "10.0.0.7"}, ("10.0.0.7", 7860)),
        (SPACE | {"HOST": "127.0.0.1"}, ("127.0.0.1", 7860)),
    ],
)
def test_ours_goes_before_gradios_and_a_space_listens_on_all_nets(monkeypatch, values, expected):
    surroundings(monkeypatch, values)
    assert address() == expected
    assert address().for_gradio == {"GRADIO_SERVER_NAME": expected[0], "GRADIO_SERVER_PORT": str(expected[1])}


@pytest.mark.parametrize("name", PORTS)
@pytest.mark.parametrize("value", ["0", "65536", "-1", "80.0", "http", "²"])
def test_what_is_no_port_is_one_sentence_that_names_its_variable(monkeypatch, name, value):
    surroundings(monkeypatch, {name: value})
    with pytest.raises(UserError, match=f"^{name} must be a number from 1 to 65535, got '{value}'.$"):
        address()


def test_gradios_port_is_read_before_gradio_trips_over_it():
    values = {**os.environ, "PORT": "", "GRADIO_SERVER_PORT": "http"}
    ran = subprocess.run(
        [sys.executable, "app.py"], cwd=REPOSITORY, env=values, capture_output=True, text=True, timeout=60
    )
    assert ran.stderr == "error: GRADIO_SERVER_PORT must be a number from 1 to 65535, got 'http'.\n"
    assert ran.returncode == 1
