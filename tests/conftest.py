"""Fixtures every test may use; the environment is set before any model library is imported."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator
from pathlib import Path

from tests.cache import cache_folder

REPOSITORY = Path(__file__).resolve().parents[1]
# Browser tests of runs. The others look at views whose numbers the app computes once, when somebody first asks: in an
# app of their own none is computed twice.
RUNS = {"accessibility", "batch", "kept", "lab", "optimise"}
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_CACHE"] = str(REPOSITORY / ".cache" / "no-hub")  # what somebody fetched changes no test
os.environ.pop("FUSE_MODELS", None)
# `make test` fills it before the tests; tests called otherwise make what they need, once.
os.environ["FUSE_CACHE"] = str(cache_folder())
# Threads that wait actively starve each other when the cores are busy: ten times slower was measured.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest  # noqa: E402
import torch  # noqa: E402
from hypothesis import settings  # noqa: E402
from PIL import Image  # noqa: E402

from fuse_core.common.picture_folder import look_through  # noqa: E402
from fuse_core.common.pictures import open_picture  # noqa: E402
from fuse_core.library import Library  # noqa: E402

# The machine may be busy: an example's time says nothing.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the full matrices, too (make test-all)")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """For three processes: two have a page each, one the real models; then each takes files of unit tests.

    A page and the models are set up once a process that way, and the longest begin first. Full matrices are left out
    unless asked for.
    """
    if not config.getoption("--full"):
        full = [item for item in items if item.get_closest_marker("full")]
        items[:] = [item for item in items if item not in full]
        config.hook.pytest_deselected(items=full)
    browser = {item.path for item in items if item.path.is_relative_to(REPOSITORY / "tests" / "browser")}
    pages = {path: "runs" if path.stem.removeprefix("test_") in RUNS else "views" for path in browser}
    order = {"runs": 0, "views": 1, "models": 2}
    names = {}
    for item in items:
        if item.path in pages:
            item.add_marker(pytest.mark.browser)
        models = item.get_closest_marker("models")
        names[item] = pages.get(item.path) or ("models" if models else str(item.path))
        item.add_marker(pytest.mark.xdist_group(names[item]))
    items.sort(key=lambda item: order.get(names[item], len(order)))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported meanwhile is never garbage: no search for it looks there, half a second each time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Two threads for real models, unless another process of tests needs the second core.

    On tiny tensors a second thread costs more than it gains.
    """
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    torch.set_num_threads(2 if alone and item.get_closest_marker("models") else 1)


@pytest.fixture(scope="session")
def prepared() -> Path:
    """The cache that ``python -m fuse_core prepare`` filled: no test pays for what is made once."""
    folder = cache_folder()
    if not any(folder.rglob("*.safetensors")):
        pytest.fail(f"{folder} holds no models. Run `make test`, or `FUSE_CACHE={folder} python -m fuse_core prepare`.")
    return folder


@pytest.fixture(scope="session")
def library(prepared: Path) -> Library:
    """The real offline models, each loaded once for the whole test run."""
    return Library(prepared)


@pytest.fixture(scope="session")
def picture_paths() -> dict[str, Path]:
    """The example pictures that ship with the project, by name."""
    return {path.stem: path for path in look_through(REPOSITORY / "assets" / "images").pictures}


@pytest.fixture(scope="session")
def pictures(picture_paths: dict[str, Path]) -> dict[str, Image.Image]:
    """The example pictures, opened."""
    return {name: open_picture(path) for name, path in picture_paths.items()}
