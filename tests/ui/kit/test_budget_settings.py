"""What the shared settings come to: presets, fields that are left as the preset has them, and other methods' fields."""

from __future__ import annotations

from collections.abc import Callable

import gradio as gr
import pytest

from fuse_core.common.errors import UserError
from fuse_core.search.config import CaptionConfig
from fuse_core.search.presets import load_preset
from ui.kit import budget_settings, picture_choice, seeds
from ui.kit.texts import ASSETS


@pytest.fixture(scope="module")
def read() -> Callable[..., CaptionConfig]:
    """Settings from a preset and what is changed of its fields."""
    with gr.Blocks():
        budget = budget_settings.build("offline-plain", "test")
    first = {name: component.value for name, component in budget.fields.items()}

    def made(preset: str, **changed: object) -> CaptionConfig:
        return budget.read(preset, *(first | changed).values())

    return made


def test_untouched_fields_are_the_presets(read):
    for preset in ("offline-plain", "offline-caption", "offline-positive"):
        assert read(preset) == load_preset(preset)


def test_each_row_of_the_readmes_table_of_captions_can_be_set(read):
    plain = load_preset("offline-plain")
    assert read("offline-plain", ending="fixed", repeats="allowed") == plain.changed(ending="fixed", repeats="allowed")
    assert read("offline-plain", repeats="allowed") == plain.changed(repeats="allowed")
    anew = plain.changed(target="minilm-centred", image_prefix="", image_weight=10.0)
    assert read("offline-caption", examples="none") == anew


def test_fields_of_other_methods_are_left_out_and_empty_ones_are_named(read):
    assert read("offline-plain", method="pez", unit="token", candidates=None).method == "pez"
    with pytest.raises(UserError, match="'Candidates' is empty"):
        read("offline-plain", method="gcg", candidates=None)
    with pytest.raises(UserError, match="must be a whole number from 1 to 256"):
        read("offline-plain", steps=0)


def test_seeds_are_whole_numbers_in_their_order():
    assert seeds.read(" 3, 1;3 2") == [3, 1, 2]
    for wrong in ("", None, "one", "-1", "1.5", " , "):
        with pytest.raises(UserError, match="whole numbers from 0 on"):
            seeds.read(wrong)
    with pytest.raises(UserError, match="There are 21 seeds"):
        seeds.read(",".join(map(str, range(21))))


def test_pictures_are_uploads_and_sets_each_once():
    own = str(ASSETS / "images" / "cat.jpg")
    assert [path.name for path in picture_choice.read([own], ["cat", "rocket"])] == ["cat.jpg", "rocket.jpg"]
    assert len(picture_choice.read(None, ["evaluation"])) == 24
    assert picture_choice.folder_of(None, ["evaluation"]) == "evaluation"
    assert picture_choice.folder_of([own], ["evaluation"]) == picture_choice.folder_of(None, ["cat"])
