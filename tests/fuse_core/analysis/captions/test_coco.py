"""Caption files in COCO's format, good and bad."""

from __future__ import annotations

import json

import pytest

from fuse_core.analysis.captions.coco import read_captions
from fuse_core.common.errors import UserError


def coco(images, annotations, **more) -> dict:
    return {
        "images": [{"id": i, "file_name": name} for i, name in images],
        "annotations": [{"image_id": i, "caption": caption} for i, caption in annotations],
        **more,
    }


def read(tmp_path, content):
    path = tmp_path / "captions.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_captions(path)


def test_captions_come_by_picture_in_the_file_s_order(tmp_path):
    content = coco(
        [(7, "val/b.jpg"), ("x", "a.jpg")],
        [("x", " A dog. "), (7, "a cat"), (7, "the cat"), (7, "a cat")],
        info={"year": 2014},
    )
    content["images"][0]["height"] = 3
    found = read(tmp_path, content)
    assert found.references == {"b.jpg": ("a cat", "the cat", "a cat"), "a.jpg": ("A dog.",)}
    assert list(found.references) == ["b.jpg", "a.jpg"]
    assert found.captions == ["a cat", "the cat", "A dog."]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is no JSON"),
        ("[]", "is no file of captions"),
        ({"images": []}, "images: list should have at least 1 item"),
        ({"images": [{"id": 1, "file_name": "a"}]}, "annotations: field required"),
        ({"images": [{"id": 1}], "annotations": []}, "images[0].file_name: field required"),
        (coco([(1, "a")], [(1, "x")]) | {"images": "a"}, "images: input should be a valid list"),
        (coco([(1, "a")], [(1, None)]), "annotations[0].caption: input should be a valid string"),
        (coco([(1.5, "a")], [(1, "x")]), "images[0].id"),
        (coco([(1, "a")], [(1, "x" * 2001)]), "annotations[0].caption: string should have at most 2000 characters"),
        (coco([(1, "a"), (1, "b")], [(1, "x")]), "two pictures have the id 1"),
        (coco([(1, "a"), (2, "c/a")], [(1, "x"), (2, "x")]), "two pictures are called 'a'"),
        (coco([(1, "/")], [(1, "x")]), "the picture 1 has a folder for its name"),
        (coco([(1, "a")], [(1, "x"), ("1", "y")]), "annotation 1 is of a picture that is not there, with the id '1'"),
        (coco([(1, "a")], [(1, "x"), (1, " … ")]), "annotation 1 has a caption without a word"),
        (coco([(1, "a"), (2, "b")], [(1, "x")]), "the picture 'b' has no caption"),
        (coco([(1, "a")], [(1, "x")] * 101), "the picture 'a' has 101 captions; 100 is the most"),
    ],
)
def test_a_broken_file_gets_one_sentence(tmp_path, content, sentence):
    with pytest.raises(UserError) as caught:
        read(tmp_path, content)
    assert "'captions.json'" in str(caught.value) or "captions.json" in caught.value.remedy
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
