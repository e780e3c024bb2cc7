"""What the packages export: found, typed, told in a line each, and imported only when asked for."""

from __future__ import annotations

import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
PACKAGES = [
    "fuse_core",
    *(f"fuse_core.{name}" for name in ("tensor", "common", "words", "adapter", "models")),
    *(f"fuse_core.{name}" for name in ("synthetic", "objective", "search", "analysis")),
]
API = {
    *("tprod", "ttranspose", "tidentity", "tpinv", "tlstsq", "split", "merge"),
    *("fit_adapter", "Adapter", "Library", "CaptionConfig", "Session", "UserError"),
}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_exported_name_is_found_and_told_in_a_line(package):
    module = importlib.import_module(package)
    assert module.__all__
    for name in module.__all__:
        assert getattr(module, name) is not None
        # A module of the same name would take its place once it is imported.
        assert importlib.util.find_spec(f"{package}.{name}") is None
    assert sorted(re.findall(r"^``(\w+)``  +\S", module.__doc__, flags=re.MULTILINE)) == sorted(module.__all__)


def test_the_librarys_api_is_there():
    import fuse_core

    assert set(fuse_core.__all__) >= API
    assert re.fullmatch(r"\d+\.\d+\.\d+", fuse_core.__version__)


def test_a_name_that_is_not_there_is_an_attribute_error():
    import fuse_core

    with pytest.raises(AttributeError, match="no_such_name"):
        _ = fuse_core.no_such_name


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_alone_imports_nothing_heavy(package):
    heavy = {"torch", "transformers", "pandas", "numpy", "tokenizers", "PIL"}
    code = f"import sys, {package}; print(*({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == []


def test_the_glossary_names_what_is_there():
    text = GLOSSARY.read_text("utf-8")
    assert len(re.findall(r"^\*\*", text, flags=re.MULTILINE)) >= 20
    named = re.findall(r"`(?:fuse_core/)?((?:words|tensor|adapter|search|objective)/[\w/]+(?:\.py|/))`", text)
    assert len(named) >= 20
    assert [path for path in named if not (GLOSSARY.parents[1] / "fuse_core" / path).exists()] == []
