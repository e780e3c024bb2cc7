"""The sets of pictures: settings are chosen by two of them, results are measured on the third."""

import hashlib
import re
from pathlib import Path

import pytest
from PIL import Image

ASSETS = Path(__file__).parents[1] / "assets"
SETS = ("images", "tuning", "evaluation")


def pictures(name: str) -> list[Path]:
    return sorted((ASSETS / name).glob("*.jpg"))


@pytest.mark.parametrize("name", SETS)
def test_every_picture_has_a_source_and_every_source_a_picture(name):
    listed = re.findall(r"^\| `([^`]+\.jpg)` \|", (ASSETS / name / "SOURCES.md").read_text(encoding="utf-8"), re.M)
    assert listed == sorted(set(listed)) or name == "images"
    assert sorted(listed) == [path.name for path in pictures(name)]


def test_no_picture_is_in_two_sets_nor_twice_in_one():
    every = [path for name in SETS for path in pictures(name)]
    contents = {hashlib.sha256(Image.open(path).convert("RGB").tobytes()).digest() for path in every}
    assert len(contents) == len({path.name for path in every}) == len(every)


def test_at_least_twenty_pictures_are_kept_for_measuring_and_all_are_small():
    assert len(pictures("evaluation")) >= 20
    for path in pictures("evaluation") + pictures("tuning"):
        assert path.stat().st_size <= 45_000
        assert max(Image.open(path).size) <= 512
