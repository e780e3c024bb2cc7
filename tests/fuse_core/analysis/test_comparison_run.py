"""Pictures under several arms: names, failures, and what a comparison that was stopped came to."""

from __future__ import annotations

import pytest

from fuse_core.analysis import comparison_run
from fuse_core.analysis.arm_runs import ArmRun
from fuse_core.analysis.arms import ARMS
from fuse_core.analysis.comparison_run import compare_by_workers, compare_pictures, rows_of
from fuse_core.common.errors import MissingModel, UserError
from fuse_core.search.ray_pool import LOST
from tests.fuse_core import tiny_models

TWO = (ARMS["lm"], ARMS["fuse"])


@pytest.fixture
def paths(tmp_path):
    found = [tmp_path / str(k) / "image.png" for k in range(3)]
    for k, path in enumerate(found):
        path.parent.mkdir()
        tiny_models.picture(k).save(path)
    return found


@pytest.fixture
def told(monkeypatch) -> list[Exception | None]:
    """Makes runs cheap: every picture's second arm raises what stands here for it."""
    errors: list[Exception | None] = []

    def run_arms(library, config, image, arms, progress):
        for k, arm in enumerate(arms):
            if k and errors and (error := errors.pop(0)):
                raise error
            yield ArmRun(arm.name, "a cat", (3.0, 2.0), {}, 4, 2, 0.5)

    monkeypatch.setattr(comparison_run, "run_arms", run_arms)
    return errors


def compare(paths, skipped):
    return list(compare_pictures(tiny_models.shared_library(), tiny_models.CONFIG, paths, TWO, [0], skipped))


def test_pictures_of_one_name_stay_apart_and_a_failed_one_is_a_row_of_its_own(paths, told):
    told += [None, RuntimeError("no memory\nat all"), None]
    skipped: list[dict[str, str]] = []
    found = compare(paths, skipped)
    assert skipped == [{"image": "image.png (2)", "error": "Something went wrong (RuntimeError: no memory)."}]
    assert [row["image"] for row in rows_of(found, TWO, skipped)] == ["image.png", "image.png (3)"]


def test_of_a_stopped_comparison_pictures_without_all_arms_do_not_count_but_for_the_first(paths, told):
    found = compare(paths[:2], [])
    assert [len(row["arms"]) for row in rows_of(found[:3], TWO, [])] == [2]
    assert [list(row["arms"]) for row in rows_of(found[:1], TWO, [])] == [["lm"]]
    assert rows_of(found[:1], TWO, [])[0]["arms"]["lm"]["objectives"] == [3.0, 2.0]


def test_a_missing_model_ends_it_and_so_does_a_fault_of_every_picture(paths, told):
    told += [MissingModel("It is not here.")]
    with pytest.raises(MissingModel):
        compare(paths, [])
    told += [UserError("No token can continue.")] * 3
    with pytest.raises(UserError, match=r"None of the pictures could be compared\. No token can continue\."):
        compare(paths, [])


class Pool:
    """Stands in for a pool of workers: does the work here, last item first, and loses some items."""

    def __init__(self, *lost: int) -> None:
        self.lost = lost

    def over(self, begin, items):
        work = begin(tiny_models.shared_library())
        for k in reversed(range(len(items))):
            yield k, None if k in self.lost else work(items[k])


def test_workers_find_the_same_and_a_lost_one_costs_its_picture_alone(paths, told):
    skipped: list[dict[str, str]] = []
    by_workers = list(compare_by_workers(Pool(0), tiny_models.CONFIG, paths, TWO, [0], skipped))
    assert skipped == [{"image": "image.png", "error": LOST}]
    local = compare(paths, [])
    assert by_workers == [*local[4:6], *local[2:4]]
    with pytest.raises(UserError, match=r"^None of the pictures could be compared\. The worker that had this"):
        list(compare_by_workers(Pool(0, 1, 2), tiny_models.CONFIG, paths, TWO, [0], []))


def test_a_search_that_fails_at_a_worker_is_the_picture_that_failed(paths, told):
    told += [RuntimeError("no memory"), None, None]
    skipped: list[dict[str, str]] = []
    found = list(compare_by_workers(Pool(), tiny_models.CONFIG, paths, TWO, [0], skipped))
    assert skipped == [{"image": "image.png (3)", "error": "Something went wrong (RuntimeError: no memory)."}]
    assert [row["image"] for row in rows_of(found, TWO, skipped)] == ["image.png (2)", "image.png"]
