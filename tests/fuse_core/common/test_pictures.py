from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile

from fuse_core.common import picture_bands, pictures
from fuse_core.common.errors import UserError
from fuse_core.common.pictures import MAX_BYTES, MAX_SIDE, content_hash, from_data_url, open_picture, to_data_url
from tests.fuse_core.tiny_models import picture

RED, WHITE = (255, 0, 0), (255, 255, 255)
CASES = Path(__file__).parents[2] / "data" / "cases"


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


def deep_png(values: np.ndarray) -> bytes:
    """A PNG of 16 bits a colour, which Pillow cannot write; height x width x 3 or 4."""
    height, width, channels = values.shape
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in values)
    header = struct.pack(">IIBBBBB", width, height, 16, {3: 2, 4: 6}[channels], 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    pieces = [len(c).to_bytes(4) + name + c + zlib.crc32(name + c).to_bytes(4) for name, c in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(pieces)


def deep_tiff(values: np.ndarray, compression: int = 1) -> bytes:
    """A TIFF of 16 bits a colour, as it is (1) or deflated (8); height x width x 3 or 4."""
    height, width, channels = values.shape
    pixels = values.astype("<u2").tobytes()
    pixels = zlib.compress(pixels) if compression == 8 else pixels
    bits = struct.pack(f"<{channels}H", *[16] * channels)
    start = 8 + len(bits)
    tags = {256: width, 257: height, 258: 8, 259: compression, 262: 2, 273: start, 277: channels, 278: height}
    tags |= {279: len(pixels)} | ({338: 2} if channels == 4 else {})
    entries = [
        struct.pack("<HHII", tag, 3 if tag in (258, 338) else 4, channels if tag == 258 else 1, value)
        for tag, value in sorted(tags.items())
    ]
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    return b"II*\0" + struct.pack("<I", start + len(pixels)) + bits + pixels + directory


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

    @pytest.mark.parametrize("kind", ["PNG", "TIFF"])
    @pytest.mark.parametrize("bits", [8, 10, 12, 14])
    def test_fewer_bits_in_sixteen_are_not_black(self, kind, bits):
        white = 2**bits - 1
        opened = open_picture(packed(Image.fromarray(np.array([[0, white // 2, white]], dtype=np.uint16)), kind))
        assert colours(opened)[0, :, 0].tolist() == [0, 127, 255]

    @pytest.mark.parametrize("make", [lambda v: deep_png(v), lambda v: deep_tiff(v), lambda v: deep_tiff(v, 8)])
    @pytest.mark.parametrize("channels", [3, 4])
    def test_colours_of_fewer_bits_in_sixteen_are_not_black(self, make, channels):
        values = np.random.default_rng(0).integers(0, 4096, (20, 30, channels))
        values[..., 3:] = 4095
        opened = open_picture(make(values))
        assert abs(colours(opened) - (values[..., :3] / 4095 * 255).round()).max() == 0

    @pytest.mark.parametrize("make", [lambda v: deep_png(v), lambda v: deep_tiff(v), lambda v: deep_tiff(v, 8)])
    def test_colours_that_use_all_sixteen_bits_stay_as_they_are(self, make):
        values = np.random.default_rng(0).integers(0, 2**16, (20, 30, 3))
        assert abs(colours(open_picture(make(values))) - values // 256).max() == 0

    @pytest.mark.parametrize("tag", [281, 341])
    def test_a_tiff_says_which_value_is_white(self, tag):
        values = Image.fromarray(np.array([[0, 500, 1000]], dtype=np.uint16))
        opened = open_picture(packed(values, "TIFF", tiffinfo={tag: 2000}))
        assert colours(opened)[0, :, 0].tolist() == [0, 64, 128]

    @pytest.mark.parametrize("said", [0, 900])
    def test_a_white_that_cannot_be_is_not_believed(self, said):
        values = Image.fromarray(np.array([[0, 1023]], dtype=np.uint16))
        assert colours(open_picture(packed(values, "TIFF", tiffinfo={281: said})))[0, :, 0].tolist() == [0, 255]

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

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_every_turn_is_that_of_pillow(self, kind, orientation):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = packed(Image.linear_gradient("L").resize((40, 30)).rotate(20), kind, exif=exif)
        expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
        assert_close(open_picture(data), expected, 1)

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

    def test_rows_converted_a_few_at_a_time_make_the_same_picture(self, monkeypatch):
        rng = np.random.default_rng(0)
        layered = Image.fromarray(rng.integers(0, 256, (300, 5000, 4), np.uint8), "RGBA")
        white = Image.new("RGBA", layered.size, "white")
        expected = Image.alpha_composite(white, layered).convert("RGB").reduce(2)
        expected.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
        monkeypatch.setattr(picture_bands, "BAND_PIXELS", 35_000)  # six rows
        assert_close(open_picture(packed(layered)), expected, 0)

    def test_many_numbers_take_little_memory_beside_themselves(self, tmp_path):
        path = tmp_path / "numbers.tiff"
        Image.new("F", (5000, 5000), 1.5).save(path, compression="tiff_lzw")  # 100 MB of pixels, 0.3 MB of file
        tracemalloc.start()
        open_picture(path)
        assert tracemalloc.get_traced_memory()[1] < 60e6  # numpy's arrays; Pillow's pixels are not counted
        tracemalloc.stop()

    def test_a_phone_s_picture_of_108_megapixels_is_scaled_while_it_is_read(self):
        opened = open_picture(packed(Image.new("L", (12_000, 9_000), 200), "JPEG"))
        assert_close(opened, Image.new("RGB", (1024, 768), (200, 200, 200)), 1)

    def test_a_file_is_opened_by_path_or_name(self, tmp_path):
        path = tmp_path / "red.png"
        path.write_bytes(packed(picture()))
        assert_close(open_picture(path), picture(), 0)
        assert_close(open_picture(str(path)), picture(), 0)


class TestWholePixels:
    """Files whose pixels are all there are opened, whatever else is wrong with them."""

    def test_text_beyond_pillow_s_limit(self):
        assert open_picture(CASES / "png_2MB_compressed_text.png").size == (160, 106)

    @pytest.mark.parametrize("chunk", [b"zTXt", b"iTXt", b"iCCP"])
    @pytest.mark.parametrize("content", [b"", b"Comment\0\0no deflate", b"Comment\0\0" + zlib.compress(bytes(2**21))])
    @pytest.mark.parametrize("before", [b"IDAT", b"IEND"])
    def test_metadata_of_a_png_that_is_large_or_broken(self, chunk, content, before):
        whole, made = packed(picture()), chunk + content
        at = whole.index(before) - 4
        piece = len(content).to_bytes(4) + made + zlib.crc32(made).to_bytes(4)
        assert_close(open_picture(whole[:at] + piece + whole[at:]), picture(), 0)

    def test_a_broken_resolution_does_not_keep_a_picture_from_being_turned(self):
        path = CASES / "jpeg_orientation6_ascii_xresolution.jpg"
        as_stored = Image.open(path).convert("RGB")
        assert_close(open_picture(path), as_stored.transpose(Image.Transpose.ROTATE_270), 0)

    @pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0MM\0*", b"Exif\0\0II*\0\xff\xff\xff\xff", b"no exif"])
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    @pytest.mark.filterwarnings("ignore:Corrupt EXIF", "ignore:Truncated")
    def test_exif_that_cannot_be_read_says_nothing(self, exif, kind):
        assert open_picture(packed(Image.new("RGB", (40, 30), RED), kind, exif=exif)).size == (40, 30)

    @pytest.mark.filterwarnings("error")
    def test_a_jpeg_without_its_end(self):
        path = CASES / "jpeg_without_end_marker.jpg"
        whole = Image.open(io.BytesIO(path.read_bytes() + b"\xff\xd9")).convert("RGB")
        assert_close(open_picture(path), whole, 0)

    @pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
    @pytest.mark.parametrize("progressive", [False, True])
    @pytest.mark.parametrize("end", [b"", b"\xff", b"\0" * 700])
    def test_jpegs_of_all_kinds_without_their_end(self, mode, progressive, end):
        data = packed(picture(size=(90, 70)).convert(mode), "JPEG", progressive=progressive)
        assert_close(open_picture(data[:-2] + end), open_picture(data), 0)

    @pytest.mark.parametrize("progressive", [False, True])
    @pytest.mark.parametrize("missing", [4, 20, 500])
    def test_a_jpeg_that_lost_pixels_with_its_end_is_damaged(self, progressive, missing):
        data = packed(picture(size=(90, 70)), "JPEG", progressive=progressive)
        assert outcome(data[:-missing]) == "The file is damaged or cut short."

    @pytest.mark.parametrize(("kind", "missing"), [("PNG", 12), ("GIF", 1)])
    def test_other_pictures_without_their_end(self, kind, missing):
        data = packed(picture(), kind)
        assert_close(open_picture(data[:-missing]), open_picture(data), 0)


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
                lambda: packed(Image.new("1", (1, 70_000))),
                r"The file has 1 x 70,000 pixels; a side may have 65,535\. Cut or scale",
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

    @pytest.mark.parametrize(("size", "progressive"), [((20_000, 13_000), False), ((12_000, 9_000), True)])
    def test_jpegs_have_a_limit_too(self, size, progressive, monkeypatch):
        monkeypatch.setattr(JpegImageFile, "load", lambda self: pytest.fail("its pixels were read"))
        header = packed(Image.new("L", (16, 16)), "JPEG", progressive=progressive)
        at = header.index(b"\x00\x10\x00\x10\x01", header.index(b"\xff\xc2" if progressive else b"\xff\xc0"))
        width, height = size
        with pytest.raises(UserError, match="the limit is " + ("64" if progressive else "256")):
            open_picture(header[:at] + height.to_bytes(2) + width.to_bytes(2) + header[at + 4 :])

    def test_formats_that_are_decoded_as_a_whole_have_a_lower_limit(self, monkeypatch):
        data = packed(Image.new("RGB", (40, 30), RED), "WEBP", lossless=True)
        monkeypatch.setattr(pictures, "MAX_WHOLE_PIXELS", 1_199)
        with pytest.raises(UserError, match="has 40 x 30 pixels; the limit is"):
            open_picture(data)

    def test_a_file_far_too_large_is_not_read(self, tmp_path):
        path = tmp_path / "disk.jpg"
        with path.open("wb") as file:
            file.truncate(3 * MAX_BYTES)  # a hole: takes no room
        for read in (open_picture, content_hash):
            with pytest.raises(UserError, match=r"'disk\.jpg' has 1,200 MB; the limit is 400 MB"):
                read(path)

    def test_a_large_file_that_is_no_picture_is_not_read_to_its_end(self, tmp_path):
        path = tmp_path / "disk.png"
        with path.open("wb") as file:
            file.truncate(MAX_BYTES)
        tracemalloc.start()
        with pytest.raises(UserError, match="is not a picture"):
            open_picture(path)
        assert tracemalloc.get_traced_memory()[1] < 20e6
        tracemalloc.stop()

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"])
    @pytest.mark.filterwarnings("ignore:Corrupt EXIF", "ignore:Truncated")
    def test_a_file_cut_anywhere_opens_or_says_why_not(self, kind):
        whole = packed(picture(size=(24, 24)), kind)
        for length in range(0, len(whole), max(1, len(whole) // 60)):
            assert re.match(r"RGB$|The file is (empty|damaged|not a picture)", outcome(whole[:length]))

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(UserError, match=r"'gone\.png' could not be read \(no such file or directory\)\."):
            open_picture(tmp_path / "gone.png")

    def test_a_name_too_long_for_any_file_gets_a_sentence(self):
        with pytest.raises(UserError, match=r"could not be read \(file name too long\)"):
            open_picture("a" * 300 + ".jpg")

    def test_a_name_of_bytes_that_are_no_text_is_escaped(self, tmp_path):
        path = tmp_path / os.fsdecode(b"caf\xe9.jpg")
        path.write_bytes(b"words")
        with pytest.raises(UserError, match=r"^'caf\\xe9\.jpg' is not a picture"):
            open_picture(path)

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


def test_a_hash_is_that_of_the_content(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(packed(picture()))
    assert content_hash(path) == hashlib.sha256(packed(picture())).hexdigest()


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
