"""The sets of pictures: settings are chosen by two of them, results are measured on the others."""

import hashlib
import json
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ASSETS = Path(__file__).parents[1] / "assets"
SETS = ("images", "tuning", "evaluation", "eval")
CAPTIONS = {"images": 3, "tuning": 3, "eval": 5}  # a picture
ALIKE = 3  # of 64 bits: any two of these pictures differ in at least 4, one that is scaled and saved anew in about none


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


def average_hash(picture: Image.Image) -> np.ndarray:
    """64 bits: which of 8 x 8 fields are brighter than their mean."""
    fields = np.asarray(picture.convert("L").resize((8, 8), Image.Resampling.BOX), dtype=float)
    return (fields > fields.mean()).ravel()


def test_no_two_pictures_look_alike():
    hashes = {path: average_hash(Image.open(path)) for name in SETS for path in pictures(name)}
    near = [(a, b) for a, b in combinations(hashes, 2) if (hashes[a] != hashes[b]).sum() <= ALIKE]
    assert near == []


def test_a_picture_saved_anew_looks_like_itself():
    picture = Image.open(pictures("eval")[0])
    again = picture.resize((picture.width // 2, picture.height // 2))
    assert (average_hash(picture) != average_hash(again)).sum() <= ALIKE


@pytest.mark.parametrize("name", CAPTIONS)
def test_every_picture_has_its_captions_and_no_other_has(name):
    coco = json.loads((ASSETS / name / "captions.json").read_text(encoding="utf-8"))
    files = {image["id"]: image["file_name"] for image in coco["images"]}
    assert sorted(files.values()) == [path.name for path in pictures(name)]
    assert Counter(row["image_id"] for row in coco["annotations"]) == dict.fromkeys(files, CAPTIONS[name])
    texts = [row["caption"] for row in coco["annotations"]]
    assert len(set(texts)) == len(texts) == len({row["id"] for row in coco["annotations"]})
    for image in coco["images"]:
        size = (image.get("width"), image.get("height"))
        assert size in ((None, None), Image.open(ASSETS / name / image["file_name"]).size)


def test_captions_that_results_are_measured_by_are_sentences():
    coco = json.loads((ASSETS / "eval" / "captions.json").read_text(encoding="utf-8"))
    for row in coco["annotations"]:
        assert re.fullmatch(r"[A-Z][^.]*\w\.", row["caption"])
        assert 7 <= len(row["caption"].split()) <= 14
        assert not re.search(r"\b(image|photo|picture) of\b", row["caption"])


def test_at_least_twenty_pictures_are_kept_for_measuring_and_all_are_small():
    assert min(len(pictures("evaluation")), len(pictures("eval"))) >= 20
    for path in pictures("evaluation") + pictures("tuning") + pictures("eval"):
        assert path.stat().st_size <= 45_000
        assert max(Image.open(path).size) <= 512
