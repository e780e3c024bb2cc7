from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from fuse_core.common.errors import UserError
from fuse_core.common.pictures import MAX_SIDE, from_data_url, list_pictures, open_picture, to_data_url
from tests.fuse_core.tiny_models import picture

RED, WHITE = (255, 0, 0), (255, 255, 255)


def packed(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    """A picture as the bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def colours(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(int)


def assert_close(image: Image.Image, expected: Image.Image, tolerance: int) -> None:
    assert (image.mode, image.size) == ("RGB", expected.size)
    assert abs(colours(image) - colours(expected)).max() <= tolerance


class TestKindsOfPictures:
    @pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
    def test_a_lossless_picture_comes_back_exactly(self, kind):
        assert_close(open_picture(packed(picture(), kind)), picture(), 0)

    @pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
    def test_a_lossy_picture_comes_back_about_so(self, kind):
        assert_close(open_picture(packed(Image.new("RGB", (40, 30), RED), kind)), Image.new("RGB", (40, 30), RED), 3)

    def test_cmyk(self):
        cmyk = Image.new("CMYK", (40, 30), (0, 255, 255, 0))
        assert_close(open_picture(packed(cmyk, "JPEG")), Image.new("RGB", (40, 30), RED), 3)

    def test_greyscale(self):
        grey = picture().convert("L")
        assert_close(open_picture(packed(grey)), grey.convert("RGB"), 0)

    def test_greyscale_with_transparency_lies_on_white(self):
        layers = Image.new("LA", (2, 1), (100, 255))
        layers.putpixel((1, 0), (100, 0))
        assert colours(open_picture(packed(layers))).tolist() == [[[100, 100, 100], [255, 255, 255]]]

    def test_half_transparent_colour_is_mixed_with_white(self):
        assert colours(open_picture(packed(Image.new("RGBA", (1, 1), (255, 0, 0, 128))))).tolist() == [
            [[255, 127, 127]]
        ]

    @pytest.mark.parametrize("kind", ["PNG", "GIF"])
    def test_a_palette_with_transparency_lies_on_white(self, kind):
        palette = Image.new("P", (2, 1), 0)
        palette.putpalette([*RED, 0, 0, 255])
        palette.putpixel((1, 0), 1)
        opened = open_picture(packed(palette, kind, transparency=1))
        assert colours(opened).tolist() == [[[*RED], [*WHITE]]]

    @pytest.mark.parametrize(("mode", "see_through"), [("RGB", (255, 0, 0)), ("L", 76), ("1", 0)])
    def test_one_transparent_colour_lies_on_white(self, mode, see_through):
        red = Image.new("RGB", (2, 2), RED).convert(mode, dither=Image.Dither.NONE)
        opened = open_picture(packed(red, transparency=see_through))
        assert colours(opened).min() == 255

    @pytest.mark.parametrize("kind", ["PNG", "TIFF"])
    def test_sixteen_bits_use_the_whole_range(self, kind):
        values = np.array([[0, 257, 32896, 65535]], dtype=np.uint16)
        opened = open_picture(packed(Image.fromarray(values), kind))
        assert colours(opened)[0, :, 0].tolist() == [0, 1, 128, 255]

    @pytest.mark.parametrize("dtype", [np.int32, np.float32])
    def test_integers_and_floats_are_spread_over_their_own_range(self, dtype):
        values = np.array([[-10, 0, 10]], dtype=dtype)
        assert colours(open_picture(packed(Image.fromarray(values), "TIFF")))[0, :, 0].tolist() == [0, 128, 255]

    def test_equal_numbers_are_black(self):
        values = np.full((2, 2), 7, dtype=np.int32)
        assert colours(open_picture(packed(Image.fromarray(values), "TIFF"))).max() == 0

    @pytest.mark.filterwarnings("error")
    def test_what_is_no_number_takes_the_nearest_end(self):
        values = np.array([[np.nan, -np.inf, 0, 10, np.inf]], dtype=np.float32)
        opened = open_picture(packed(Image.fromarray(values), "TIFF"))
        assert colours(opened)[0, :, 0].tolist() == [0, 0, 0, 255, 255]

    def test_a_picture_taken_sideways_is_put_upright(self):
        exif = Image.Exif()
        exif[0x0112] = 6  # turn clockwise by a quarter to see it upright
        opened = open_picture(packed(picture(), exif=exif))
        assert_close(opened, picture().transpose(Image.Transpose.ROTATE_270), 0)

    def test_of_an_animation_the_first_frame_is_taken(self):
        frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, (0, 0, 255))]
        opened = open_picture(packed(frames[0], "GIF", save_all=True, append_images=frames[1:]))
        assert_close(opened, frames[0], 0)

    @pytest.mark.parametrize(("size", "expected"), [((3000, 1500), (1024, 512)), ((10, 2048), (5, 1024))])
    @pytest.mark.parametrize("kind", ["PNG", "JPEG"])
    def test_large_pictures_are_scaled_down(self, size, expected, kind):
        opened = open_picture(packed(Image.new("RGB", size, RED), kind))
        assert opened.size == expected
        assert max(opened.size) == MAX_SIDE

    def test_a_file_is_opened_by_path_or_name(self, tmp_path):
        path = tmp_path / "red.png"
        path.write_bytes(packed(picture()))
        assert_close(open_picture(path), picture(), 0)
        assert_close(open_picture(str(path)), picture(), 0)


def cut(kind: str) -> bytes:
    whole = packed(picture(size=(200, 150)), kind)
    return whole[: len(whole) // 2]


def without_items() -> bytes:
    """An AVIF file whose list of items is missing; Pillow raises RuntimeError."""
    return packed(picture(), "AVIF").replace(b"iinf", b"xxxx")


def offset_that_is_no_whole_number() -> bytes:
    """A TIFF whose first strip begins at a fraction; Pillow raises TypeError."""
    whole = bytearray(packed(picture(), "TIFF"))
    entry = whole.index((273).to_bytes(2, "little") + (4).to_bytes(2, "little"))
    whole[entry + 2 : entry + 4] = (11).to_bytes(2, "little")  # LONG becomes FLOAT
    return bytes(whole)


def outcome(data: bytes) -> str:
    """The mode of the opened picture, or why it does not open."""
    try:
        return open_picture(data).mode
    except UserError as error:
        return error.problem


class TestRefusals:
    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: b"", r"The file is empty \(0 bytes\)\. Choose another picture\."),
            (lambda: b"plain words, no picture", r"The file is not a picture\. Choose a JPEG, PNG"),
            (lambda: cut("JPEG"), r"The file is damaged or cut short\. Choose another copy"),
            (lambda: cut("PNG"), r"The file is damaged or cut short\. Choose another copy"),
            (lambda: packed(picture(), "PNG")[:20], r"The file is (damaged or cut short|not a picture)\. Choose"),
            (without_items, r"The file is damaged or cut short\. Choose another copy"),
            (offset_that_is_no_whole_number, r"The file is damaged or cut short\. Choose another copy"),
            (
                lambda: packed(Image.new("1", (9000, 9000))),
                r"The file has 9,000 x 9,000 pixels; the limit is 64 million\. Scale it down",
            ),
            (
                lambda: packed(Image.new("1", (20_000, 20_000))),
                r"The file has far too many pixels; the limit is 64 million\. Scale it down",
            ),
        ],
    )
    def test_what_is_wrong_and_what_to_do(self, make: Callable[[], bytes], message):
        with pytest.raises(UserError, match=f"^{message}"):
            open_picture(make())

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"])
    def test_a_file_cut_anywhere_opens_or_says_why_not(self, kind):
        whole = packed(picture(size=(24, 24)), kind)
        for length in range(0, len(whole), max(1, len(whole) // 60)):
            assert re.match(r"RGB$|The file is (empty|damaged|not a picture)", outcome(whole[:length]))

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(UserError, match=r"'gone\.png' could not be read \(no such file or directory\)\."):
            open_picture(tmp_path / "gone.png")

    def test_a_folder_is_no_picture(self, tmp_path):
        with pytest.raises(UserError, match=r"could not be read \(is a directory\)"):
            open_picture(tmp_path)

    def test_a_device_is_not_read(self):
        with pytest.raises(UserError, match="'null' is a device or pipe"):
            open_picture("/dev/null")

    def test_a_file_is_named_in_the_message(self, tmp_path):
        (tmp_path / "notes.png").write_text("words")
        with pytest.raises(UserError, match=r"^'notes\.png' is not a picture"):
            open_picture(tmp_path / "notes.png")


class TestDataUrls:
    def test_a_small_picture_goes_there_and_back_unchanged(self):
        url = to_data_url(picture())
        assert url.startswith("data:image/png;base64,")
        assert_close(from_data_url(url), picture(), 0)

    def test_a_large_one_is_scaled_down_and_the_original_is_not(self):
        large = Image.new("RGB", (800, 400), RED)
        assert_close(from_data_url(to_data_url(large)), Image.new("RGB", (512, 256), RED), 0)
        assert from_data_url(to_data_url(large, side=100)).size == (100, 50)
        assert large.size == (800, 400)

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "data:image/png;base64,",
            "data:image/png;base64,@@@@",
            "data:image/png;base64,é",
            "https://example.org/cat.png",
            "data:image/png;base64," + base64.b64encode(b"words").decode(),
            "data:image/png;base64," + base64.b64encode(packed(picture())[:100]).decode(),
        ],
    )
    def test_anything_else_is_refused(self, url):
        with pytest.raises(UserError):
            from_data_url(url)


class TestListPictures:
    def test_pictures_of_a_folder_by_name(self, tmp_path):
        for name in ("b.PNG", "a.jpg", "notes.txt", "c.webp", ".hidden"):
            (tmp_path / name).touch()
        (tmp_path / "folder.png").mkdir()
        assert [p.name for p in list_pictures(tmp_path)] == ["a.jpg", "b.PNG", "c.webp"]

    def test_a_folder_without_pictures_lists_the_known_endings(self, tmp_path):
        with pytest.raises(UserError, match=r"no pictures in .*\.jpg, \.jpeg, \.png"):
            list_pictures(tmp_path)

    def test_a_folder_that_is_not_there_is_named(self, tmp_path):
        with pytest.raises(UserError, match=r"'.*gone' could not be read \(no such file or directory\)"):
            list_pictures(tmp_path / "gone")
