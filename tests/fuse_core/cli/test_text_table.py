from __future__ import annotations

from fuse_core.cli.text_table import markdown_table, text_table


def test_numbers_stand_on_the_right_and_text_on_the_left():
    rows = [{"key": "a", "words": 12, "error": 0.123456}, {"key": "longer", "words": 7, "error": 1.0}]
    assert text_table(rows).splitlines() == [
        "key     words   error",
        "a          12  0.1235",
        "longer      7       1",
    ]


def test_what_a_row_lacks_is_left_blank():
    rows = [{"image": "a.jpg", "caption": "a cat"}, {"image": "b.jpg", "error": "No picture."}, {"image": "c.jpg"}]
    assert text_table(rows).splitlines() == [
        "image  caption  error",
        "a.jpg  a cat",
        "b.jpg           No picture.",
        "c.jpg",
    ]


def test_a_number_that_was_not_measured_is_left_blank():
    assert text_table([{"i": None, "j": 1}, {"i": 10, "j": 2}]).splitlines() == [" i  j", "    1", "10  2"]


def test_no_rows_are_no_table():
    assert text_table([]) == ""


def test_markdown_has_a_head_and_a_row_each():
    rows = [{"arm": "lm", "objective": 8.0777}, {"arm": "fuse", "objective": None}]
    assert markdown_table(rows).splitlines() == [
        "| arm | objective |",
        "| --- | --- |",
        "| lm | 8.078 |",
        "| fuse |  |",
    ]
