"""Which of a folder's stamps are photographs with captions, and how they are written."""

import json

import numpy as np
import pytest
from PIL import Image

from fuse_core.__main__ import main
from fuse_core.analysis.stamps import half_of, photographs
from fuse_core.common.errors import UserError


def stamp(folder, name: str, text: str | None, colours: int = 2000, seed: int = 0):
    """A stamp whose lower half is transparent."""
    pixels = np.random.default_rng([seed, *name.encode()]).integers(0, 256, (colours, 3), dtype=np.uint8)
    image = np.zeros((100, 40, 4), dtype=np.uint8)
    image[:50, :, :3] = np.resize(pixels, (50, 40, 3))
    image[:50, :, 3] = 255
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path)
    if text is not None:
        path.with_suffix(".txt").write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def stamps(tmp_path):
    folder = tmp_path / "stamps"
    for k in range(12):
        stamp(folder, f"animals/beast{k}.png", f"A beast.\nde.utf8=Ein Tier.\n{k}")
    stamp(folder, "animals/dog.png", "A dog. It barks!")
    stamp(folder, "animals/dog_mirror.png", None)
    stamp(folder, "animals/cartoon/cat.png", "A cat.")
    stamp(folder, "symbols/letter.png", "A letter.")
    stamp(folder, "food/kale.png", "Eat your kale!")
    stamp(folder, "food/drawn.png", "A drawn egg.", colours=20)
    (folder / "military").mkdir()
    (folder / "military/dog.png").write_bytes((folder / "animals/dog.png").read_bytes())
    (folder / "military/dog.txt").write_text("A dog.")
    return folder


def test_photographs_are_those_with_a_caption_and_many_colours_and_each_comes_once(stamps):
    found = {s.path.relative_to(stamps).as_posix(): s.caption for s in photographs(stamps)}
    assert found == {f"animals/beast{k}.png": "A beast." for k in range(12)} | {"animals/dog.png": "A dog."}


def test_halves_are_fixed_by_name():
    assert [half_of(name) for name in ("dog.png", "cat.png", "lion.png")] == ["choose", "report", "choose"]


def test_the_command_writes_both_halves_as_coco_on_white(stamps, tmp_path, capsys):
    assert main(["stamps", str(stamps), str(tmp_path / "out"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)["pictures"]
    assert sum(answer.values()) == 13
    assert min(answer.values()) > 0
    for half, n in answer.items():
        folder = tmp_path / "out" / half
        coco = json.loads((folder / "captions.json").read_text(encoding="utf-8"))
        assert len(coco["images"]) == len(coco["annotations"]) == n
        for image, row in zip(coco["images"], coco["annotations"], strict=True):
            assert row["image_id"] == image["id"]
            assert row["caption"].startswith("A ")
            assert np.asarray(Image.open(folder / image["file_name"]))[80].min() > 240


def test_a_folder_without_stamps_is_refused(tmp_path):
    with pytest.raises(UserError, match="no stamps with captions"):
        next(photographs(tmp_path))
