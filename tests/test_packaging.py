"""What `pip install .` makes of the project."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize("command", PROJECT["project"]["scripts"])
def test_a_command_calls_a_function_that_exists(command):
    module, function = PROJECT["project"]["scripts"][command].split(":")
    assert callable(getattr(importlib.import_module(module), function))


@pytest.mark.parametrize("command", PROJECT["project"]["scripts"])
def test_threads_wait_passively_from_before_torch_is_loaded(command):
    """As torch comes in, it reads the environment; an import hook looks at it in that moment."""
    module = PROJECT["project"]["scripts"][command].split(":")[0]
    script = f"""
import importlib.abc, os, sys
class Hook(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            print(os.environ.get("OMP_WAIT_POLICY"))
            raise SystemExit
sys.meta_path.insert(0, Hook())
import {module}
import torch
"""
    environment = {"PYTHONPATH": str(REPOSITORY), "PATH": os.environ["PATH"]}
    ran = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=120)
    assert ran.stdout.split() == ["PASSIVE"], ran.stderr


def test_the_wheel_holds_code_and_assets_and_no_screenshots(tmp_path):
    source = tmp_path / "source"
    shutil.copytree(
        REPOSITORY, source, ignore=shutil.ignore_patterns(".*", "tests", "build", "*.egg-info", "__pycache__")
    )
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=source, check=True, capture_output=True, timeout=120
    )
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    ZipFile(wheel).extractall(installed)
    held = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()}
    held = {name for name in held if ".dist-info/" not in name}
    code = {str(path.relative_to(source)) for path in (source / "fuse_core").rglob("*.py*")}
    code |= {str(path.relative_to(source)) for path in (source / "ui").rglob("*.py")}
    assets = {f"fuse_core/{path.relative_to(source)}" for path in (source / "assets").rglob("*") if path.is_file()}
    assert held == code | {name for name in assets if not name.startswith("fuse_core/assets/screenshots/")}
    script = "import ui.app; from fuse_core.common.storage import assets_folder; print(assets_folder())"
    environment = os.environ | {"PYTHONPATH": str(installed)}
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )
    assert ran.stdout.strip() == str(installed / "fuse_core" / "assets"), ran.stderr
