"""The Adapter view, driven as a person would."""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from fuse_core.analysis.fitted_pair import BUCKETINGS, FittedPair, pair_options
from fuse_core.library import Library
from tests.browser.explorer import PATIENCE, Explorer, visiting
from tests.browser.server import served

PAIR = ("smollm2", "minilm")


def part(visit: Explorer, name: str) -> Locator:
    return visit.page.locator(f"#ad-{name}")


def choose(visit: Explorer, box: str, option: str) -> None:
    visit.page.locator(f"#{box} input").click()
    visit.page.locator(f"#{box}").get_by_role("option", name=option).click()


def expect_text(where: Locator, pattern: str) -> None:
    expect(where).to_contain_text(re.compile(pattern), timeout=PATIENCE)


@dataclass
class OwnApp:
    """An app whose cache holds the offline pair's adapters and no others."""

    address: str
    log: Path


@pytest.fixture(scope="module")
def own(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnApp]:
    FittedPair(library, *PAIR)  # in the shared cache from now on
    cache = tmp_path_factory.mktemp("cache")
    (cache / "models").symlink_to(library.cache / "models")
    (cache / "adapters").mkdir()
    for bucketing in BUCKETINGS:
        file = library.adapter_file(*PAIR, pair_options(bucketing))
        (cache / "adapters" / file.name).symlink_to(file)
    log = cache / "log.txt"
    with served(log, FUSE_CACHE=str(cache)) as address:
        yield OwnApp(address, log)


@pytest.fixture
def visit(browser: Browser, own: OwnApp) -> Iterator[Explorer]:
    with visiting(browser, own.address) as explorer:
        yield explorer


@pytest.fixture
def unfitted(visit: Explorer) -> Explorer:
    """A visitor who chose a pair without adapters: the offline pair the other way round."""
    visit.open("?view=adapter&source=minilm&target=smollm2")
    expect_text(part(visit, "status"), r"No adapters of minilm → smollm2 yet\. Press Fit")
    return visit


def test_fitted_maps_are_shown_at_once_with_a_bucket_and_a_word(visit: Explorer, tmp_path: Path) -> None:
    visit.open()
    visit.tab("Adapter")
    expect_text(part(visit, "summary"), r"pair 0\.8\d\d, target 0\.8\d\d, so pair is [\d.]+% lower")
    expect_text(part(visit, "errors"), "relative error")
    expect_text(part(visit, "size"), "in use: L = 4")
    expect_text(part(visit, "word-facts"), r"·cheet \| ah → che \| ##eta \| ##h, bucket \(2, 3\)")
    expect_text(part(visit, "bucket-facts"), r"pair \(1, 1\): fitted on [\d,]+ words, ridge λ = .* chosen by GCV")
    expect_text(part(visit, "ridge"), "λ of the fit")
    choose(visit, "ad-bucket", "(1, 2)")
    expect_text(part(visit, "bucket-facts"), r"pair \(1, 2\): fitted on [\d,]+ words")
    expect_text(part(visit, "spectrum"), "frequency 1 of 2")
    expect_text(part(visit, "conditions"), r"[\d,]+ of 576")
    expect_text(part(visit, "penrose"), r"e-1\d")
    choose(visit, "ad-map", "target")
    expect_text(part(visit, "bucket-facts"), r"target \(any, 1\).*no ridge")
    with visit.page.expect_download() as download:
        visit.page.click("#adapter-best-words-csv")
    download.value.save_as(tmp_path / "words.csv")
    rows = list(csv.reader((tmp_path / "words.csv").open(encoding="utf-8-sig")))
    assert rows[0][:2] == ["word", "relative error"]
    assert len(rows) == 13


def test_a_link_opens_the_view_and_words_that_cannot_be_mapped_get_a_sentence(visit: Explorer) -> None:
    visit.open("?view=adapter&word=river&map=target")
    box, facts = part(visit, "word").locator("input, textarea"), part(visit, "word-facts")
    expect_text(facts, "river")
    expect_text(part(visit, "bucket-facts"), r"target \(any, 1\)")
    for word, sentence in (
        ("", "There is no word yet"),
        ("two words", "has 2 words"),
        ("antidisestablishmentarianism", "maps words of 4 at most"),
        ("<b>x</b>" * 9, "<b>x</b>.*maps words of 4 at most"),
        ("ocean", r"rank 1 of 30,522"),
    ):
        box.fill(word)
        expect_text(facts, sentence)
    expect_text(part(visit, "near"), "ocean ✓")


def test_a_tokenizer_without_a_model_gets_a_sentence(visit: Explorer) -> None:
    visit.open("?view=adapter&source=gpt2-tokenizer")
    expect_text(part(visit, "status"), "'gpt2-tokenizer' is a tokenizer without embeddings")
    expect(part(visit, "results")).to_be_hidden()
    part(visit, "fit").click()
    expect_text(part(visit, "status"), "tokenizer without embeddings")


def test_a_fit_shows_progress_leaves_other_tabs_alone_and_can_be_cancelled(unfitted: Explorer, own: OwnApp) -> None:
    expect(part(unfitted, "results")).to_be_hidden()
    part(unfitted, "fit").click()
    expect_text(part(unfitted, "status"), r"pair map: fitting bucket \d+ of \d+: [\d,]+ words")
    unfitted.tab("Tokenizers")
    unfitted.page.locator("#tok-text textarea").fill("three small words")
    expect(unfitted.page.locator("#split-source")).to_contain_text("3 words", timeout=PATIENCE)
    unfitted.tab("Adapter")
    expect_text(part(unfitted, "status"), "fitting bucket")  # still at it
    part(unfitted, "cancel").click()
    expect_text(part(unfitted, "status"), "Cancelled")
    assert "The fit of minilm → smollm2 was cancelled; 0 jobs are running." in own.log.read_text()


def test_closing_the_page_cancels_its_fit(unfitted: Explorer, own: OwnApp) -> None:
    before = own.log.read_text().count("was cancelled; 0 jobs")
    part(unfitted, "fit").click()
    expect_text(part(unfitted, "status"), "fitting bucket|loading")
    unfitted.page.close()
    deadline = time.monotonic() + PATIENCE / 1000
    while own.log.read_text().count("was cancelled; 0 jobs") == before:
        assert time.monotonic() < deadline, "The fit went on after its page was closed."
        time.sleep(0.2)


def test_measuring_retrieval_shows_progress_and_can_be_cancelled(visit: Explorer) -> None:
    visit.open("?view=adapter")
    expect_text(part(visit, "summary"), "pair 0")
    part(visit, "measure").click()
    expect_text(part(visit, "retrieval-status"), "(pair|target) map: ")
    part(visit, "measure-cancel").click()
    expect_text(part(visit, "retrieval-status"), "Cancelled")
    expect(part(visit, "retrieval")).to_be_hidden()
