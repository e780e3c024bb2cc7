"""Journals put together: those of all shards are that of all pictures; what does not fit is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuse_core.common.errors import UserError
from fuse_core.common.shard import Shard
from fuse_core.search.batch import caption_all
from fuse_core.search.journal_file import BatchResult, Head
from fuse_core.search.merge import Part, merge, read_part
from tests.fuse_core import tiny_models

CONFIG = tiny_models.CONFIG.changed(steps=1)


def result(k: int, text: str = "", objective: float = 1.0) -> BatchResult:
    values = {"caption": text, "objective": objective, "losses": {}} if text else {"error": "no"}
    return BatchResult(f"{k:02}.png", values, f"hash {k}")


def part(name: str, *results: BatchResult, shard: str = "", seed: int = 0) -> Part:
    return Part(name, Head(CONFIG.changed(seed=seed), "", shard), list(results), False)


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Five files; two of one content, one that is no picture."""
    paths = [tmp_path / f"{name}.png" for name in "abcde"]
    for seed, path in enumerate(paths):
        tiny_models.picture(seed % 4).save(path)
    paths[2].write_bytes(b"no picture")
    return paths


def test_shards_put_together_are_the_file_of_an_unsharded_run(pictures, tmp_path):
    library, whole = tiny_models.shared_library(), tmp_path / "whole.jsonl"
    list(caption_all(library, CONFIG, pictures, whole))
    parts = []
    for shard in (Shard(3, 3), Shard(1, 3), Shard(2, 3)):
        journal = tmp_path / f"{shard.number}.jsonl"
        list(caption_all(library, CONFIG, shard.part(pictures), journal, shard=str(shard)))
        parts.append(read_part(journal))
    merged = merge(parts)
    assert merged.text() == whole.read_text("utf-8")
    assert (merged.absent, merged.repeated) == ([], 1)  # two files of one content were in two shards


def test_a_shard_that_was_broken_off_goes_on_as_that_shard_alone(pictures, tmp_path):
    library, shard, journal = tiny_models.shared_library(), Shard(1, 2), tmp_path / "1.jsonl"
    paths = shard.part(pictures)
    running = caption_all(library, CONFIG, paths, journal, shard="1/2")
    next(running)
    with pytest.raises(UserError, match=r"A run is writing to '.*1\.jsonl'\. Wait until it ends\."):
        read_part(journal)
    running.close()
    with journal.open("a") as file:
        file.write('{"image": "c.p')  # killed while writing
    broken = read_part(journal)
    assert (len(broken.results), broken.cut) == (1, True)
    for other, whose in (("2/2", "shard 2/2"), ("", "all pictures")):
        with pytest.raises(UserError, match=f"'1.jsonl' holds results of shard 1/2, not of {whose}"):
            list(caption_all(library, CONFIG, pictures, journal, shard=other))
    again = caption_all(library, CONFIG, paths, journal, shard="1/2")
    assert [r.repeated for r in again] == [True, False, True]  # c.png is no picture, e.png a copy of a.png
    assert not read_part(journal).cut


@given(st.lists(st.sets(st.integers(0, 9), min_size=1), min_size=1, max_size=4), st.randoms())
def test_whatever_overlaps_every_picture_is_there_once_and_a_caption_goes_before_an_error(held, rng):
    parts = [part(f"{p}", *(result(k, "a cat" if rng.random() < 0.5 else "") for k in ks)) for p, ks in enumerate(held)]
    merged = merge(parts)
    captioned = {r.image for p in parts for r in p.results if "caption" in r.values}
    assert [r.image for r in merged.results] == [f"{k:02}.png" for k in sorted(set().union(*held))]
    assert {r.image for r in merged.results if "caption" in r.values} == captioned
    assert merged.repeated == sum("caption" in r.values for p in parts for r in p.results) - len(captioned)


def test_the_last_line_on_a_picture_counts_and_between_files_the_first():
    again = part("a", result(1), result(1, "a cat", 1.0))
    other = part("b", result(1, "a cat", 1.0 + 1e-9), result(2))
    (first, second) = merge([again, other]).results
    assert first.values["objective"] == 1.0
    assert "error" in second.values


def test_what_cannot_be_put_together_is_told():
    with pytest.raises(UserError, match=r"^'a' and 'b' are of different settings\. Merge journals of one run alone"):
        merge([part("a", result(1)), part("b", result(2), seed=1)])
    with pytest.raises(UserError, match=r"^'a' and 'b' have different captions for '01.png'\. Leave one of them out"):
        merge([part("a", result(1, "a cat")), part("b", result(1, "a dog"))])


def test_shards_that_are_absent_are_known_unless_one_file_is_of_all_pictures():
    one, two = part("a", result(1), shard="1/3"), part("b", result(2), shard="2/3")
    merged = merge([one, two])
    assert (merged.absent, merged.head.shard) == ([Shard(3, 3)], "")
    assert merge([one, two, part("c", result(3))]).absent == []
    assert merge([one, one]).head.shard == "1/3"  # two files of one shard stay of it
