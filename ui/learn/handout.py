"""The whole lesson on paper: every chapter's idea and question, the answers on pages of their own."""

from __future__ import annotations

from ui.kit.standalone import prose, standalone
from ui.kit.templates import render
from ui.learn.chapter import CHAPTERS
from ui.learn.lesson import common, lesson


def handout(language: str) -> str:
    """One HTML file to print or to open from disk."""
    shared = common(language)
    chapters = [(k, lesson(name, language)) for k, name in enumerate(CHAPTERS, 1)]
    parts = [f"<h1>{shared['handout_title']}</h1>", prose(shared["intro"])]
    for k, texts in chapters:
        answers = [answer.say for answer in texts.question.answers]
        parts += [prose(f"## {k}. {texts.title}\n\n{texts.idea}")]
        asked = prose(f"**{shared['question']}** {texts.question.ask}")
        parts += [render("handout_question", ask=asked, answers=answers)]
    parts.append(f'<h1 class="break">{shared["answers"]}</h1>')
    for k, texts in chapters:
        right = next(answer for answer in texts.question.answers if answer.right)
        parts.append(prose(f"## {k}. {texts.title}\n\n**{right.say}** {right.why}\n\n{texts.after}"))
    return standalone(shared["handout_title"], parts, language)
