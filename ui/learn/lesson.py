"""The lesson's texts: ``assets/lessons/<language>/<chapter>.yaml``."""

from __future__ import annotations

from functools import cache

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from ui.kit.texts import ASSETS

LESSONS = ASSETS / "lessons"
ENGLISH = "en"
COMMON = "common"  # the file of what all chapters share


class _Texts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(_Texts):
    """One answer of a question: what it says, whether it is right, and why."""

    say: str
    right: bool = False
    why: str


class Question(_Texts):
    """A question with answers to choose from, of which one is right."""

    ask: str
    answers: tuple[Answer, ...]

    @model_validator(mode="after")
    def _one_is_right(self) -> Question:
        if sum(answer.right for answer in self.answers) != 1:
            raise ValueError(f"Not one answer is right: {self.ask}")
        return self


class Lecturer(_Texts):
    """For whoever teaches it."""

    minutes: int
    say: str
    wrong: str


class Lesson(_Texts):
    """A chapter's texts in one language; Markdown with formulas in dollars.

    Attributes
    ----------
    title, short : str
        The chapter's heading, and its tab.
    idea : str
        What stands before the question.
    question : Question
    after : str
        What is shown once the right answer is found.
    open : str
        Words of the link to the full view.
    labels : dict
        Of the chapter's own components and sentences, by name.
    lecturer : Lecturer
    """

    title: str
    short: str
    idea: str
    question: Question
    after: str
    open: str
    labels: dict[str, str] = {}
    lecturer: Lecturer


def languages() -> dict[str, str]:
    """Language -> its own name of itself, English first."""
    found = sorted((path.name for path in LESSONS.iterdir() if path.is_dir()), key=lambda name: (name != ENGLISH, name))
    return {name: common(name)["language"] for name in found}


@cache
def common(language: str) -> dict[str, str]:
    """What all chapters share: names of buttons, say."""
    return yaml.safe_load((LESSONS / language / f"{COMMON}.yaml").read_text("utf-8"))


@cache
def lesson(name: str, language: str) -> Lesson:
    """A chapter's texts; in English where it is not written in that language."""
    path = LESSONS / language / f"{name}.yaml"
    return Lesson(**yaml.safe_load((path if path.is_file() else LESSONS / ENGLISH / path.name).read_text("utf-8")))
