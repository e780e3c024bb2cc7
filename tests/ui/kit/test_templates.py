"""HTML: whatever comes from users or models is escaped, and a missing value is an error."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import jinja2
import pytest

from fuse_core.search.records import Beam, WordStrength
from ui.kit.fragments import status
from ui.kit.templates import render
from ui.optimise import fragments
from ui.optimise.visit_state import recorded_run

HOSTILE = """<img src=x onerror="alert(1)"> ' " & {{ 7 * 7 }} </div><script>"""


class Tags(HTMLParser):
    """The tags and the text of a fragment."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.content = ""
        self.attributes: dict[str, str | None] = {}
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.update(attrs)

    def handle_data(self, data):
        self.content += data


@pytest.mark.parametrize("words", [[], [WordStrength(HOSTILE, 0.5), WordStrength(HOSTILE, None)]])
def test_a_caption_shows_hostile_text_as_text(words):
    html = Tags(fragments.caption_card(HOSTILE, HOSTILE, Beam(text=f" {HOSTILE}", ids=(1,)), words))
    assert set(html.tags) == {"div", "span"}
    assert html.content.count(HOSTILE) == 2 + max(1, len(words))
    assert html.attributes["data-caption"] == HOSTILE


def test_words_are_coloured_by_their_share_of_the_strongest():
    words = [WordStrength("cat", 0.2), WordStrength("big", 0.4), WordStrength("zzz", None)]
    card = fragments.caption_card("A", ".", Beam(text=" cat big zzz", ids=(1,)), words)
    assert "--pull:50%" in card
    assert "--pull:100%" in card
    assert card.count("fx-nomap") == 1
    assert Tags(card).content == "A cat big zzz."


def test_status_lines_and_notes_escape():
    for html in (
        status(HOSTILE),
        status(HOSTILE, "error", 0.5),
        fragments.recorded_note(replace(recorded_run(), created=HOSTILE)),
    ):
        assert set(Tags(html).tags) <= {"div", "b", "a", "details", "summary", "code"}
        assert HOSTILE in Tags(html).content


def test_a_mapped_words_tokens_are_text():
    slot = {"token": HOSTILE, "cosine": "0.50", "rank": "1"}
    html = Tags(
        render(
            "mapped_word",
            source=HOSTILE,
            target=HOSTILE,
            bucket="(1, 2)",
            known="a held-out word",
            error="0.100",
            slots=[slot, slot],
            vocabulary="30,522",
        )
    )
    assert set(html.tags) == {"div", "code", "b"}
    assert html.content.count(HOSTILE) == 4
    assert html.content.endswith("rank 1 of 30,522.")


def test_a_bar_shows_the_share_and_errors_are_alerts():
    assert "width:30%" in status("Working", share=0.3)
    assert 'role="alert"' in status("Bad", "error")
    assert "fx-bar" not in status("Ready")


def test_a_value_that_is_not_given_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        render("recorded")


def test_a_files_name_goes_on_below_at_its_ending_and_is_escaped():
    html = render("thumbnails", rows=[{"picture": "", "name": f"{HOSTILE}.jpg"}], more=0)
    assert Tags(html).tags == ["ul", "li", "span", "span", "wbr"]
    assert f"{HOSTILE}.jpg" in Tags(html).content
