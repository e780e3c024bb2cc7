"""Which device is chosen, and what is said of one that is not there."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from fuse_core.cli.parser import main
from fuse_core.common import devices
from fuse_core.common.errors import UserError
from fuse_core.library import Library

CPU, CARDS, APPLE = ["cpu"], ["cuda:0", "cuda:1", "cpu"], ["mps", "cpu"]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    monkeypatch.delenv(devices.VARIABLE, raising=False)


@pytest.mark.parametrize(
    ("there", "wanted", "chosen"),
    [
        (CPU, None, "cpu"),
        (CARDS, None, "cuda:0"),
        (CARDS, "AUTO", "cuda:0"),
        (CARDS, "cuda", "cuda:0"),
        (CARDS, "cuda:1", "cuda:1"),
        (CARDS, " cpu", "cpu"),
        (APPLE, "auto", "mps"),
        (APPLE, "mps", "mps"),
    ],
)
def test_the_device_that_is_wanted_is_chosen(monkeypatch, there, wanted, chosen):
    monkeypatch.setattr(devices, "available", lambda: there)
    assert devices.chosen_name(wanted) == chosen
    assert devices.chosen_device(wanted) == torch.device(chosen)


@pytest.mark.parametrize(
    ("there", "wanted"), [(CPU, "cuda"), (CPU, "mps"), (CARDS, "cuda:2"), (CARDS, "mps"), (CPU, "tpu"), (CPU, "cuda:x")]
)
def test_a_device_that_is_not_there_is_refused_with_those_that_are(monkeypatch, there, wanted):
    monkeypatch.setattr(devices, "available", lambda: there)
    with pytest.raises(UserError, match=f"no device '{wanted}' here.*{', '.join(['auto', *there])}"):
        devices.chosen_name(wanted)


def test_the_environment_is_obeyed_unless_more_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(devices, "available", lambda: CARDS)
    monkeypatch.setenv(devices.VARIABLE, "cuda:1")
    assert Library(tmp_path).device == torch.device("cuda:1")
    assert devices.chosen_name("cpu") == "cpu"
    monkeypatch.setenv(devices.VARIABLE, "")
    assert devices.chosen_name() == "cuda:0"


def test_products_are_exact(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", True)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    Library(tmp_path, "cpu")
    assert not torch.backends.cuda.matmul.allow_tf32
    assert not torch.backends.cudnn.allow_tf32
    assert torch.get_float32_matmul_precision() == "highest"


def test_the_processor_is_described_without_torch_where_torch_knows_no_gpu():
    script = "import sys; from fuse_core.common import devices as d; d._may_have_gpu = lambda: False\n"
    script += "print(d.described(d.chosen_name()).sentence, 'torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    assert "(cpu), " in ran.stdout
    assert ran.stdout.endswith("GB of it free False\n")


def test_a_build_of_torch_for_processors_is_known_by_its_file():
    assert devices._may_have_gpu() == (sys.platform == "darwin" or torch.version.cuda or torch.version.hip is not None)


@pytest.mark.parametrize(
    "command",
    [
        ["models"],
        ["prepare"],
        ["fit", "--source", "smollm2", "--target", "minilm"],
        ["fit", "--source", "smollm2", "--target", "minilm", "--method", "all"],
        ["fidelity"],
        ["compare"],
        ["caption", "assets/images/cat.jpg"],
        ["evaluate", "--images", "assets/eval", "--captions", "assets/eval/captions.json"],
    ],
    ids=lambda command: " ".join(command[:1] + command[5:]),
)
def test_every_command_that_loads_models_refuses_a_device_that_is_not_there(capsys, command):
    assert main([*command, "--device", "cuda:9"]) == 2
    assert "There is no device 'cuda:9' here" in capsys.readouterr().err.splitlines()[-1]


def test_models_says_what_would_run_where(capsys, monkeypatch):
    monkeypatch.setattr(devices, "available", lambda: CARDS)
    monkeypatch.setattr(devices, "described", lambda name: devices.Device(name, "Some card", 8 * 10**9, 6 * 10**9))
    assert main(["models", "--device", "cuda:1", "--dtype", "bfloat16"]) == 0
    table = capsys.readouterr().out
    assert "Some card (cuda:1), 8.0 GB, 6.0 GB of it free; weights in bfloat16" in table
    lines = {line.split()[0]: line for line in table.splitlines() if line}
    assert "cuda:1" in lines["smollm2"]
    assert "cuda" not in lines["gpt2-tokenizer"]
    assert main(["models", "--dtype", "int4"]) == 2


@pytest.mark.parametrize("command", [["buckets", "--source", "a", "--target", "b"], ["stamps", "a", "b"]])
def test_a_command_that_loads_none_has_no_such_option(command):
    with pytest.raises(SystemExit):
        main([*command, "--device", "cpu"])
