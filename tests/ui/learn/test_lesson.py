"""The lesson's texts, its questions, and what the browser keeps of it, over tiny models."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest

from tests.ui.visitor import Visitor
from ui.kit.standalone import prose
from ui.learn.chapter import CHAPTERS
from ui.learn.lesson import ENGLISH, LESSONS, common, languages, lesson

EVERY = [(name, language) for name in CHAPTERS for language in languages()]


def right(name: str, language: str = ENGLISH) -> int:
    return next(k for k, answer in enumerate(lesson(name, language).question.answers) if answer.right)


def answer(visit: Visitor, name: str, k: int) -> str:
    visit[f"answers-{name}"] = k
    visit.do(f"answers-{name}", "input")
    return visit.text(f"why-{name}")


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_a_chapter_is_whole_in_every_language(name, language):
    assert (LESSONS / language / f"{name}.yaml").is_file()
    found, english = lesson(name, language), lesson(name, ENGLISH)
    assert found.labels.keys() == english.labels.keys()
    assert right(name, language) == right(name)
    assert len(found.question.answers) == len(english.question.answers)
    assert all(value.strip() for value in (found.title, found.idea, found.after, found.open, *found.labels.values()))
    assert language == ENGLISH or found.idea != english.idea


def test_languages_share_the_same_words_of_all_chapters():
    assert all(common(language).keys() == common(ENGLISH).keys() for language in languages())


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_wrong_answer_gets_its_reason_and_the_right_one_uncovers_what_follows(visitor, name):
    answers = lesson(name, ENGLISH).question.answers
    for k, wrong in enumerate(answers):
        if not wrong.right:
            assert answer(visitor, name, k) == wrong.why
            assert not visitor.prop(f"after-{name}", "visible")
    assert answer(visitor, name, right(name)) == answers[right(name)].why
    assert visitor.prop(f"after-{name}", "visible")
    visitor.do("lesson-kept", "change")
    assert visitor.text("lesson-progress").count(f"1 of {len(CHAPTERS)} answered") == 1


def test_another_language_is_spoken_everywhere_and_kept(visitor):
    visitor["lesson-language"] = "de"
    visitor.do("lesson-language", "input")
    assert "beantwortet" in visitor.text("lesson-progress")
    for name in CHAPTERS:
        wrong = next(k for k, found in enumerate(lesson(name, "de").question.answers) if not found.right)
        assert answer(visitor, name, wrong) == lesson(name, "de").question.answers[wrong].why
    assert visitor["lesson-kept"]["language"] == "de"


def test_what_the_browser_kept_comes_back(page):
    visit = Visitor(page, "again")
    names = list(CHAPTERS)[:1]
    visit["lesson-kept"] = {"answered": [*names, "a chapter that is gone"], "language": "de"}
    visit.open()
    visit.arrive(f"view-{CHAPTERS[names[0]].link}")
    assert visit.prop(f"after-{names[0]}", "visible")
    assert visit.prop(f"answers-{names[0]}", "label") == lesson(names[0], "de").question.ask
    assert visit["lesson-language"] == "de"
    assert f"1 von {len(CHAPTERS)} beantwortet" in visit.text("lesson-progress")
    visit.close()


@pytest.mark.parametrize("language", languages())
def test_the_handout_holds_every_chapter_with_its_answers_last(visitor, language):
    visitor["lesson-language"] = language
    visitor.do("lesson-language", "input")
    visitor.do("lesson-handout")
    page = Path(visitor["lesson-handout-file"]).read_text("utf-8")
    titles = [escape(lesson(name, language).title, quote=False) for name in CHAPTERS]
    assert all(page.count(title) >= 2 for title in titles)
    answers = page.index(f">{common(language)['answers']}<")
    for name in CHAPTERS:
        said = lesson(name, language).question.answers[right(name, language)].say
        assert page.index(escape(said, quote=False)) < answers
        assert page[answers:].count(prose(f"**{said}**")[3:-5]) >= 1
    assert "<math" in page
    assert "$" not in page.split("<body>")[1]
    assert len(page) < 1_000_000
