"""A batch's record: written by the command, read by the page."""

from __future__ import annotations

import pytest

from fuse_core.analysis.batch_mean import mean_objective
from fuse_core.common.errors import UserError
from fuse_core.common.text_files import to_json
from fuse_core.search.batch_record import read_record, record_of
from fuse_core.search.journal_file import BatchResult
from tests.fuse_core.tiny_models import CONFIG

RESULTS = [
    BatchResult("a.png", {"caption": "a cat", "objective": 1.5, "losses": {"x": 0.5}}, "ab"),
    BatchResult("b.png", {"error": "Bad."}, "cd"),
]


def test_a_record_reads_back(tmp_path):
    path = tmp_path / "record.json"
    path.write_text(to_json(record_of(RESULTS, CONFIG, "images")))
    record, config, results = read_record(path)
    assert (config, record["folder"]) == (CONFIG, "images")
    assert [(r.image, r.values) for r in results] == [(r.image, r.values) for r in RESULTS]


@pytest.mark.parametrize("content", ["[]", '{"version": 2, "results": []}', '{"version": 1}'])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(UserError, match=r"'other\.json' is no record of a batch\."):
        read_record(path)


def test_the_mean_is_over_pictures_each_by_its_mean():
    assert mean_objective([]) == ""
    assert mean_objective([("a", 1.0), ("a", 3.0), ("b", 8.0)]) == "Mean objective 5.00 over 2 pictures."
    same = mean_objective((str(k), 4.0) for k in range(5))
    assert same == "Mean objective 4.00 over 5 pictures, 95 % interval 4.00 to 4.00."
