"""What the core says is said in the lesson's language: progress, and what cannot be done."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

import fuse_core
import ui.kit
import ui.learn
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Cancelled
from ui.learn.chapters import fit
from ui.learn.lesson import ENGLISH, LESSONS, languages
from ui.learn.sentences import translated

OTHERS = [language for language in languages() if language != ENGLISH]
FIELD = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_one_of_the_code_and_keeps_its_fields(language):
    folders = [Path(str(package.__file__)).parent for package in (fuse_core, ui.kit, ui.learn)]
    code = " ".join(path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py"))
    code = re.sub(r"\{[^{}]*\}", "{}", code)
    for said, words in yaml.safe_load((LESSONS / language / "sentences.yaml").read_text("utf-8")).items():
        assert set(FIELD.findall(words)) <= set(FIELD.findall(said))
        for sentence in re.split(r"(?<=[.?]) ", said):
            assert FIELD.sub("{}", sentence) in code, sentence


def test_fields_are_kept_and_what_is_unknown_stays_as_it_is():
    assert translated("Scoring 256 candidates", "de") == "256 Kandidaten werden bewertet"
    said = translated("There are 13 words. Type 1 to 12, with spaces between them.", "de")
    assert said == "Das sind 13 Wörter. Gib 1 bis 12 ein, durch Leerzeichen getrennt."
    for sentence in ("Scoring 256 candidates", "Something else"):
        assert translated(sentence, ENGLISH) == sentence
    assert translated("Something else", "de") == "Something else"


def test_a_german_visit_reads_that_it_was_cancelled(visitor, monkeypatch):
    def work(library, words, progress):
        raise Cancelled

    monkeypatch.setattr(fit, "fit_words", work)
    visitor["lesson-language"] = "de"
    visitor.do("lesson-language", "input")
    visitor["lesson-fit-guess"], visitor["lesson-words"] = "1", 1152
    visitor.do("lesson-fit-live")
    assert visitor.text("lesson-fit-status").startswith("Abgebrochen.")


def test_a_german_visit_reads_german_while_it_waits_and_when_it_cannot_be_done(visitor, monkeypatch):
    def work(library, words, progress):
        progress(0.5, f"Fitting {words:,} words")
        raise UserError("There are 13 words.", "Type 1 to 12, with spaces between them.")

    monkeypatch.setattr(fit, "fit_words", work)
    visitor["lesson-language"] = "de"
    visitor.do("lesson-language", "input")
    visitor["lesson-fit-guess"], visitor["lesson-words"] = "1", 1152
    seen = [visitor.text("lesson-fit-status") for _ in visitor.doing("lesson-fit-live")]
    assert any("1,152 Wörter werden angepasst" in said for said in seen)
    assert "Das sind 13 Wörter. Gib 1 bis 12 ein" in seen[-1]
