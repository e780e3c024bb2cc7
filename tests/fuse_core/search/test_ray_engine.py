"""The engine of Ray's workers: what it asks of them, and what it makes of what comes back."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from fuse_core.common.errors import MissingModel, UserError
from fuse_core.library import Library
from fuse_core.search.batch import Write, caption_all, filed, searching
from fuse_core.search.journal_file import Head
from fuse_core.search.ray_engine import ray_engine
from fuse_core.search.ray_pool import LOST, RayPool
from tests.fuse_core import tiny_models

CONFIG = tiny_models.CONFIG.changed(steps=1)
BEGIN = partial(searching, config=CONFIG)


class Pool:
    """Stands in for a pool of workers: does the work here, last item first, and loses some items."""

    def __init__(self, *lost: int) -> None:
        self.lost, self.asked = lost, []

    def over(self, begin, items):
        work = begin(tiny_models.shared_library())
        self.asked = [path.name for path, _ in items]
        for k in reversed(range(len(items))):
            yield k, None if k in self.lost else work(items[k])


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Five files; the fourth is no picture, the last a copy of the first."""
    paths = [tmp_path / f"{name}.png" for name in "abcde"]
    for seed, path in enumerate(paths):
        tiny_models.picture(seed % 4).save(path)
    paths[3].write_bytes(b"no picture")
    return paths


def by_name(results) -> dict[str, tuple[dict, bool]]:
    return {result.image: (result.values, result.repeated) for result in results}


def test_results_are_those_of_the_local_engine_whatever_their_order(pictures, tmp_path):
    pool, journal = Pool(), tmp_path / "ray.jsonl"
    found = list(filed(ray_engine(pool, BEGIN, pictures), Head(CONFIG), journal))
    assert [r.image for r in found] == ["d.png", "c.png", "b.png", "a.png", "e.png"]
    assert by_name(found) == by_name(caption_all(tiny_models.shared_library(), CONFIG, pictures))
    again = by_name(filed(ray_engine(pool, BEGIN, pictures), Head(CONFIG), journal))
    assert pool.asked == ["d.png"]  # what failed alone
    assert [name for name, (_, repeated) in again.items() if repeated] == ["a.png", "b.png", "c.png", "e.png"]


def test_a_picture_whose_workers_are_lost_is_an_error_and_tried_again(pictures, tmp_path):
    journal = tmp_path / "ray.jsonl"
    found = by_name(filed(ray_engine(Pool(0), BEGIN, pictures), Head(CONFIG), journal))
    assert [name for name, (values, _) in found.items() if values == {"error": LOST}] == ["a.png", "e.png"]
    list(filed(ray_engine(pool := Pool(), BEGIN, pictures), Head(CONFIG), journal))
    assert pool.asked == ["a.png", "d.png"]


def test_what_cannot_be_asked_of_ray_is_refused(monkeypatch):
    monkeypatch.setattr("fuse_core.search.ray_pool.find_spec", lambda name: object())
    for given, sentence in (
        ({"workers": 0}, "'workers' must be 1 or more, and is 0"),
        ({"threads": -1}, "'threads' must be 1 or more, and is -1"),
        ({"device": "cuda:1"}, "Ray gives its workers their devices, so they cannot be told to use 'cuda:1'"),
    ):
        with pytest.raises(UserError, match=f"^{sentence}"):
            RayPool(**given)


# What workers do, below; they import this module.
def begin_tiny(_library: Library) -> Write:
    return BEGIN(tiny_models.shared_library())


def begin_deadly(library: Library, mark: Path) -> Write:
    """Captions, but dies at b.png the first time and at c.png every time."""
    write = begin_tiny(library)

    def deadly(path, progress):
        if path.name == "c.png" or (path.name == "b.png" and not mark.exists()):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return write(path, progress)

    return deadly


def begin_missing(_library: Library) -> Write:
    raise MissingModel("There is no model.", "Get one.")


class TestRay:
    """Where Ray is installed (``make ray``)."""

    @pytest.fixture(autouse=True)
    def _ray(self):
        pytest.importorskip("ray", reason="make ray installs it")

    def test_a_worker_that_is_killed_loses_no_picture(self, pictures, tmp_path):
        begin = partial(begin_deadly, mark=tmp_path / "mark")
        found = list(filed(ray_engine(RayPool(workers=1), begin, pictures), Head(CONFIG), tmp_path / "ray.jsonl"))
        local = by_name(caption_all(tiny_models.shared_library(), CONFIG, pictures))
        assert len(found) == len(pictures)
        assert by_name(found) == local | {"c.png": ({"error": LOST}, False)}

    def test_what_is_wrong_with_all_pictures_is_said_once(self, pictures):
        with pytest.raises(UserError, match=r"^There is no model\. Get one\.$"):
            list(filed(ray_engine(RayPool(workers=1), begin_missing, pictures), Head(CONFIG), None))

    @pytest.mark.parametrize(
        ("address", "sentence"),
        [
            ("127.0.0.1:9", r"Nobody answers at 127\.0\.0\.1:9 \(connection refused\)\."),
            ("ray://host:10001", "'ray://host:10001' is no address of a Ray cluster"),
            ("somewhere", "'somewhere' is no address of a Ray cluster"),
        ],
    )
    def test_an_address_where_nobody_is_gets_a_sentence(self, pictures, address, sentence):
        with pytest.raises(UserError, match=f"^{sentence}"):
            list(filed(ray_engine(RayPool(address), begin_tiny, pictures), Head(CONFIG), None))
