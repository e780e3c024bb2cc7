"""The model of many nodes: what it must be at its limits, and that docs/scaling.md shows what the record gives."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.scaling import DOCUMENT, RECORD, WAYS, measure_serial
from benchmarks.scaling import rows as measured_rows
from benchmarks.scaling_model import Costs, about, rows
from fuse_core.cli.text_table import markdown_table
from fuse_core.common.picture_folder import look_through
from fuse_core.common.storage import assets_folder

FREE = Costs(10.0, 0.0, 0.0, 0.0, 0.0, 2e5, 300.0, 1000.0, 1e9, 5e8, 2)


def test_where_nothing_is_serial_ten_times_the_nodes_take_a_tenth_of_the_time():
    for way in (FREE.jobs, FREE.by_ray):
        assert way(1000, 1) == 500 * 10.0
        assert way(1000, 10) == way(1000, 1) / 10
    assert FREE.storage(50) == 50 * 2e5 / 10.0


def test_a_driver_that_is_full_is_as_slow_with_more_workers():
    costs = replace(FREE, ray=0.1)
    assert costs.driver_full == pytest.approx(100)
    assert costs.by_ray(10_000, 50) == pytest.approx(costs.by_ray(10_000, 5000)) == pytest.approx(1000)
    assert costs.jobs(10_000, 5000) == 10.0


def test_a_driver_hashes_first_and_jobs_hash_their_own():
    costs = replace(FREE, hashed=0.5, start=7.0)
    assert costs.by_ray(100, 1) == 50 + 7 + 500
    assert costs.jobs(100, 1) == 7 + 50 * 10.5
    assert costs.hash_bound == 20


def test_what_is_measured_of_one_process_is_of_one_picture(tmp_path):
    paths = look_through(assets_folder() / "images").pictures[:2]
    found = measure_serial(paths)
    assert found["picture_bytes"] == sum(path.stat().st_size for path in paths) / 2
    assert 100 < found["line_bytes"] < found["result_bytes"]
    assert found["hash_seconds"] > 0
    assert found["line_seconds"] > 0


def test_the_document_shows_what_was_recorded():
    record, text = json.loads(RECORD.read_text("utf-8")), Path(DOCUMENT).read_text("utf-8")
    assert markdown_table(measured_rows(record)) in text
    costs = Costs.of(record)
    assert about(costs, record, 1_000_000) in text
    assert markdown_table(rows(costs, 1_000_000)) in text
    first = measured_rows(record)[0]
    assert (len(measured_rows(record)), first["speed-up"], first["efficiency"]) == (len(WAYS), "1.00", "100%")
