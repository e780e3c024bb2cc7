from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from fuse_core import library as library_module
from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.fit import Cancelled, FitOptions
from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.models import catalog, loaders
from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_calls

SOURCE, TARGET = tiny_models.CONFIG.source, tiny_models.CONFIG.target
OPTIONS = FitOptions(words=1000, examples=100, max_tokens=2)
SECONDS = 30  # until a thread that should have been let through counts as stuck


class TestOnce:
    def test_many_threads_get_the_one_thing_that_was_made(self):
        library, made, together = Library(Path("unused")), [], threading.Barrier(8)

        def ask(_):
            together.wait(SECONDS)
            return library.once("thing", lambda: made.append(object()) or made[-1])

        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(ask, range(8)))
        assert len(made) == 1
        assert all(thing is made[0] for thing in found)

    def test_one_thing_being_made_does_not_hold_up_another(self):
        library, other_is_made = Library(Path("unused")), threading.Event()
        with ThreadPoolExecutor(2) as threads:
            slow = threads.submit(library.once, "slow", lambda: other_is_made.wait(SECONDS))
            threads.submit(library.once, "quick", other_is_made.set)
            assert slow.result(SECONDS) is True

    def test_what_fails_is_tried_again(self):
        library = Library(Path("unused"))

        def fail():
            raise UserError("No.")

        with pytest.raises(UserError):
            library.once("thing", fail)
        assert library.once("thing", lambda: 7) == 7

    def test_who_waits_hears_how_far_the_other_is_and_may_give_up(self):
        library, begun, heard = Library(Path("unused")), threading.Event(), threading.Event()
        gave_up, said = threading.Event(), []

        def make():
            library.telling("thing")(0.5, "half")
            begun.set()
            assert gave_up.wait(SECONDS)
            return 7

        def listen(*news):
            said.append(news)
            heard.set()

        def give_up(*news):
            gave_up.set()
            raise Cancelled

        with ThreadPoolExecutor(2) as threads:
            maker = threads.submit(library.once, "thing", make)
            assert begun.wait(SECONDS)
            patient = threads.submit(library.once, "thing", make, listen)
            assert heard.wait(SECONDS)
            with pytest.raises(Cancelled):
                library.once("thing", make, give_up)
            assert maker.result(SECONDS) == patient.result(SECONDS) == 7
        assert set(said) == {(0.5, "half")}

    def test_nothing_is_a_thing_too(self):
        library, made = Library(Path("unused")), []
        for _ in range(2):
            assert library.once("nothing", lambda: made.append(1)) is None
        assert made == [1]


class TestModels:
    def test_each_model_is_loaded_once(self, monkeypatch, tmp_path):
        loaded = []
        for name in ("load_causal", "load_image_text"):
            monkeypatch.setattr(
                loaders, name, lambda *place, name=name: loaded.append((name, *place)) or tiny_models.llama()
            )
        library = Library(tmp_path)
        assert library.causal("smollm2") is library.causal("smollm2")
        assert library.image_text("minilm") is library.image_text("minilm")
        assert loaded == [("load_causal", "smollm2", tmp_path), ("load_image_text", "minilm")]

    def test_a_tokenizer_comes_without_its_model_where_it_can(self, monkeypatch, tmp_path):
        monkeypatch.setattr(loaders, "load_image_text", lambda key: pytest.fail("the model is not needed"))
        library = Library(tmp_path)
        for key in ("minilm", "gpt2-tokenizer", "clip-tokenizer"):
            assert library.tokenizer(key) is library.tokenizer(key)
            assert library.tokenizer(key).key == key

    def test_a_tokenizer_that_is_part_of_its_model_comes_with_it(self, monkeypatch, tmp_path):
        model = tiny_models.llama()
        monkeypatch.setattr(loaders, "load_causal", lambda key, cache: model)
        library = Library(tmp_path)
        assert library.tokenizer("smollm2") is model.tokenizer
        assert library.causal("smollm2") is model

    def test_the_embedding_model_is_the_one_in_whichever_role_it_has(self):
        library = tiny_models.shared_library()
        assert library.embedding_model(SOURCE) is library.causal(SOURCE)
        assert library.embedding_model(TARGET) is library.image_text(TARGET)

    def test_a_tokenizer_alone_has_no_embeddings(self, tmp_path):
        with pytest.raises(
            UserError, match=r"'gpt2-tokenizer' is a tokenizer without embeddings\. Choose one of: smol"
        ):
            Library(tmp_path).embedding_model("gpt2-tokenizer")

    def test_an_unknown_key_is_refused(self, tmp_path):
        library = Library(tmp_path)
        for ask in (library.tokenizer, library.causal, library.image_text, library.embedding_model):
            with pytest.raises(UserError, match="There is no model 'gpt5'"):
                ask("gpt5")

    def test_the_cache_folder_is_the_configured_one(self, monkeypatch, tmp_path):
        monkeypatch.setenv("FUSE_CACHE", str(tmp_path))
        assert Library().cache == tmp_path


def tiny(cache: Path) -> Library:
    """A library with tiny models and no adapter."""
    return tiny_models.library(cache, adapters=False)


def assert_equal(a: Adapter, b: Adapter) -> None:
    assert a.info == b.info
    assert a.maps.keys() == b.maps.keys()
    assert all(torch.equal(m, b.maps[bucket]) for bucket, m in a.maps.items())


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    """A cache folder that holds the adapter already."""
    folder = tmp_path_factory.mktemp("cache")
    tiny(folder).adapter(SOURCE, TARGET, OPTIONS)
    return folder


class TestAdapters:
    def test_an_adapter_is_fitted_once_and_kept_in_memory_and_on_disk(self, tmp_path, monkeypatch):
        fits = record_calls(monkeypatch, library_module, "fit_adapter")
        library, shares = tiny(tmp_path), []
        path = library.adapter_file(SOURCE, TARGET, OPTIONS)
        assert not path.exists()
        adapter = library.adapter(SOURCE, TARGET, OPTIONS, progress=lambda share, what: shares.append(share))
        assert set(adapter.maps) <= {(1, 1), (1, 2), (2, 1), (2, 2)}
        assert adapter.maps
        assert path.exists()
        assert path.is_relative_to(tmp_path / "adapters")
        assert shares == sorted(shares)
        assert library.adapter(SOURCE, TARGET, OPTIONS) is adapter
        assert_equal(tiny(tmp_path).adapter(SOURCE, TARGET, OPTIONS), adapter)
        assert len(fits) == 1

    def test_other_options_are_another_adapter_in_another_file(self, cache):
        library = tiny(cache)
        other = FitOptions(words=1000, examples=100, max_tokens=2, bucketing="target", ridge=0.0)
        assert library.adapter_file(SOURCE, TARGET, other) != library.adapter_file(SOURCE, TARGET, OPTIONS)
        assert all(i == 0 for i, _ in library.adapter(SOURCE, TARGET, other).maps)

    def test_a_damaged_file_is_fitted_again_with_a_warning(self, cache, tmp_path, caplog):
        library = tiny(tmp_path)
        path = library.adapter_file(SOURCE, TARGET, OPTIONS)
        path.parent.mkdir()
        path.write_bytes(tiny(cache).adapter_file(SOURCE, TARGET, OPTIONS).read_bytes()[:500])
        adapter = library.adapter(SOURCE, TARGET, OPTIONS)
        assert "is damaged and is fitted again" in caplog.text
        caplog.clear()
        assert_equal(tiny(tmp_path).adapter(SOURCE, TARGET, OPTIONS), adapter)
        assert caplog.text == ""

    def test_a_cache_that_cannot_be_written_costs_a_warning_only(self, tmp_path, caplog):
        (tmp_path / "file").write_text("no folder")
        library = tiny(tmp_path / "file")
        adapter = library.adapter(SOURCE, TARGET, OPTIONS)
        (warning,) = [r for r in caplog.records if r.levelno == logging.WARNING]
        assert "point FUSE_CACHE at a folder that can be written" in warning.getMessage()
        assert "used from memory" in warning.getMessage()
        assert library.adapter(SOURCE, TARGET, OPTIONS) is adapter

    def test_a_cancelled_fit_leaves_nothing_and_can_be_asked_for_again(self, tmp_path):
        library = tiny(tmp_path)
        with pytest.raises(Cancelled):
            library.adapter(SOURCE, TARGET, OPTIONS, cancelled=lambda: True)
        assert not library.adapter_file(SOURCE, TARGET, OPTIONS).exists()
        assert library.adapter(SOURCE, TARGET, OPTIONS).maps

    def test_wrong_options_are_refused_before_anything_is_loaded(self, tmp_path):
        with pytest.raises(UserError, match="at least 1000 words"):
            Library(tmp_path).adapter("smollm2", "minilm", FitOptions(words=10))

    def test_a_tokenizer_alone_gives_no_adapter(self, tmp_path):
        with pytest.raises(UserError, match="tokenizer without embeddings"):
            tiny(tmp_path).adapter(SOURCE, "gpt2-tokenizer", OPTIONS)


def test_the_device_is_kept(tmp_path):
    assert Library(tmp_path, "cpu").device == torch.device("cpu")


@pytest.mark.models
def test_every_tokenizer_of_the_catalog_that_is_here_can_be_had(library):
    present = [entry.key for entry in catalog.ENTRIES if entry.present]
    assert {"smollm2", "minilm", "gpt2-tokenizer", "clip-tokenizer"} <= set(present)
    for key in present:
        assert library.tokenizer(key).encode("a cat")
