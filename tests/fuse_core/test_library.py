from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from fuse_core import library as library_module
from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.fit import FitOptions
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Cancelled
from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.models.entry import Entry
from fuse_core.words.corpus import english, is_heldout
from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_calls

SOURCE, TARGET = tiny_models.CONFIG.source, tiny_models.CONFIG.target
OPTIONS = FitOptions(words=1000, examples=100, max_tokens=2)
SECONDS = 30  # until a thread that should have been let through counts as stuck


class TestModels:
    def test_each_model_is_loaded_once_and_moved_to_the_librarys_device(self, monkeypatch, tmp_path):
        loaded, moved = [], []

        class Model:
            def to(self, device):
                moved.append(device)
                return self

        def load(entry, models):
            loaded.append((entry.key, models))
            return Model()

        loaders = {"causal": load, "text": load, "image_text": load, "classifier": load}
        with_entries(monkeypatch, Entry("all", "All", "none", "none", "a test", tokenizer=load, **loaders))
        library = Library(tmp_path, "meta")
        for ask in (library.causal, library.text_encoder, library.image_text, library.classifier, library.tokenizer):
            assert ask("all") is ask("all")
        assert loaded == [("all", library)] * 5
        assert moved == [torch.device("meta")] * 4  # a tokenizer lives nowhere

    @pytest.mark.parametrize("error", [FileNotFoundError(2, "No such file"), KeyError("model"), Exception("any")])
    def test_files_that_vanish_or_change_are_a_sentence_whatever_a_loader_raises(self, error, monkeypatch, tmp_path):
        def load(entry, models):
            raise error

        with_entries(monkeypatch, Entry("gone", "Gone", "none", "none", "a test", causal=load))
        with pytest.raises(UserError, match=r"'gone' could not be loaded: .*(No such file|model|any).*\. Check"):
            Library(tmp_path).causal("gone")

    @pytest.mark.parametrize("error", [UserError("Why."), Cancelled(), MemoryError(), torch.OutOfMemoryError()])
    def test_what_is_no_fault_of_a_models_files_is_passed_on(self, error, monkeypatch, tmp_path):
        def load(entry, models):
            raise error

        with_entries(monkeypatch, Entry("large", "Large", "none", "none", "a test", causal=load))
        with pytest.raises(type(error)) as raised:
            Library(tmp_path).causal("large")
        assert raised.value is error

    def test_a_tokenizer_comes_without_its_model_where_it_can(self, monkeypatch, tmp_path):
        library = Library(tmp_path)
        for role in ("causal", "text_encoder", "image_text"):
            monkeypatch.setattr(library, role, lambda key: pytest.fail("the model is not needed"))
        for key in ("minilm", "gpt2-tokenizer", "clip-tokenizer"):
            assert library.tokenizer(key) is library.tokenizer(key)
            assert library.tokenizer(key).key == key

    def test_a_tokenizer_that_is_part_of_its_model_comes_with_it(self, tmp_path):
        library, model = Library(tmp_path), tiny_models.llama()
        library.once(("causal-lm", "smollm2"), lambda: model)
        assert library.tokenizer("smollm2") is model.tokenizer

    def test_the_text_side_comes_without_what_sees_pictures(self, monkeypatch, tmp_path):
        library = Library(tmp_path)
        encoder = tiny_models.sentence_encoder()
        library.once(("text-encoder", "minilm"), lambda: encoder)
        monkeypatch.setattr(library, "image_text", lambda key: pytest.fail("pictures are not needed"))
        assert library.embedding_model("minilm") is encoder

    def test_a_model_of_another_role_is_refused_with_those_that_fit(self, tmp_path):
        library = Library(tmp_path)
        with pytest.raises(UserError, match=r"'minilm' is no causal-lm model\. Choose one of: gemma3, smollm2"):
            library.causal("minilm")
        with pytest.raises(UserError, match=r"'smollm2' is no image-text model\. Choose one of: minilm, .*clip-vit"):
            library.image_text("smollm2")
        with pytest.raises(UserError, match=r"'minilm' is no classifier model\. Choose one of: minilm-sentiment"):
            library.classifier("minilm")

    def test_the_embedding_model_is_the_one_in_whichever_role_it_has(self):
        library = tiny_models.shared_library()
        assert library.embedding_model(SOURCE) is library.causal(SOURCE)
        assert library.embedding_model(TARGET) is library.image_text(TARGET)

    def test_a_tokenizer_alone_has_no_embeddings(self, tmp_path):
        with pytest.raises(
            UserError, match=r"'gpt2-tokenizer' is a tokenizer without embeddings\. Choose one of: e5-small, gemma3"
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


def with_entries(monkeypatch: pytest.MonkeyPatch, *entries: Entry) -> None:
    """Let these be all models there are."""
    monkeypatch.setattr(catalog, "entries", lambda: list(entries))


def tiny(cache: Path) -> Library:
    """A library with tiny models, no adapter, and few words to fit one on."""
    library = tiny_models.library(cache, adapters=False)
    library.once(("corpus", SOURCE, OPTIONS.words), lambda: english(OPTIONS.words))
    return library


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

    def test_other_weights_under_the_same_key_are_another_adapter(self, cache, monkeypatch):
        fits = record_calls(monkeypatch, library_module, "fit_adapter")
        changed = tiny(cache)
        with torch.no_grad():
            changed.image_text(TARGET).embedding_table.mul_(2.0)
        assert not changed.has_adapter(SOURCE, TARGET, OPTIONS)
        found = changed.adapter(SOURCE, TARGET, OPTIONS)
        assert len(fits) == 1
        before = tiny(cache).adapter(SOURCE, TARGET, OPTIONS)
        assert len(fits) == 1
        assert all(not torch.equal(m, before.maps[bucket]) for bucket, m in found.maps.items())

    def test_other_words_under_the_same_name_are_another_adapter(self, cache, monkeypatch):
        library = tiny(cache)
        words = library.fit_corpus(SOURCE, OPTIONS)
        monkeypatch.setattr(library, "fit_corpus", lambda *_: replace(words, words=words.words[::-1]))
        assert not library.has_adapter(SOURCE, TARGET, OPTIONS)

    def test_other_options_are_another_adapter_in_another_file(self, cache):
        library = tiny(cache)
        other = FitOptions(words=1000, examples=100, max_tokens=2, bucketing="target", ridge=0.0)
        assert library.adapter_file(SOURCE, TARGET, other) != library.adapter_file(SOURCE, TARGET, OPTIONS)
        assert all(i == 0 for i, _ in library.adapter(SOURCE, TARGET, other).maps)

    def test_stored_in_half_precision_it_is_another_adapter_the_same_before_and_after(self, cache, monkeypatch):
        whole = tiny(cache).adapter(SOURCE, TARGET, OPTIONS)
        monkeypatch.setenv("FUSE_ADAPTER_DTYPE", "float16")
        half = tiny(cache)
        assert not half.has_adapter(SOURCE, TARGET, OPTIONS)
        fitted = half.adapter(SOURCE, TARGET, OPTIONS)
        assert_equal(tiny(cache).adapter(SOURCE, TARGET, OPTIONS), fitted)
        assert fitted.bytes == whole.bytes // 2
        monkeypatch.delenv("FUSE_ADAPTER_DTYPE")
        assert_equal(tiny(cache).adapter(SOURCE, TARGET, OPTIONS), whole)

    def test_a_damaged_file_is_fitted_again_with_a_warning(self, cache, tmp_path, caplog):
        library = tiny(tmp_path)
        path = library.adapter_file(SOURCE, TARGET, OPTIONS)
        shutil.copytree(tiny(cache).adapter_file(SOURCE, TARGET, OPTIONS).parent, path.parent)
        path.write_bytes(tiny(cache).adapter_file(SOURCE, TARGET, OPTIONS).read_bytes()[:500])
        adapter = library.adapter(SOURCE, TARGET, OPTIONS)
        assert "is damaged and is made again" in caplog.text
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

        def cancel(share: float, what: str) -> None:
            raise Cancelled

        with pytest.raises(Cancelled):
            library.adapter(SOURCE, TARGET, OPTIONS, cancel)
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
    present = [entry.key for entry in catalog.entries() if entry.present]
    assert {"smollm2", "minilm", "gpt2-tokenizer", "clip-tokenizer"} <= set(present)
    for key in present:
        assert library.tokenizer(key).encode("a cat")


LAYERS = replace(OPTIONS, features="layers", ridge=3.0)


@pytest.fixture(scope="module")
def with_features(cache) -> Path:
    """The cache folder with the adapter of features, too."""
    tiny(cache).adapter(SOURCE, TARGET, LAYERS)
    return cache


class TestLayers:
    """Adapters that map words of one token from the features of the source's first layers."""

    def test_words_of_one_token_are_mapped_from_features_by_ridge_regression(self, with_features):
        library = tiny(with_features)
        adapter = library.adapter(SOURCE, TARGET, LAYERS)
        features, table = library.token_features(SOURCE).double(), library.image_text(TARGET).embedding_table.double()
        words = library.fit_corpus(SOURCE, LAYERS)
        sides = [library.tokenizer(key).encode_words(words.words) for key in (SOURCE, TARGET)]
        shared = [(w, s, t) for w, s, t in zip(words.words, *sides, strict=True) if (len(s), len(t)) == (1, 1)]
        rows = [(s[0], t[0]) for w, s, t in shared[: LAYERS.examples] if not is_heldout(w)]
        x, y = features[[s for s, _ in rows]], table[[t for _, t in rows]]
        expected = torch.linalg.solve(x.T @ x + 3.0 * torch.eye(x.shape[1]), x.T @ y)
        torch.testing.assert_close(adapter.maps[1, 1][:, :, 0].double(), expected, atol=1e-4, rtol=1e-3)

    def test_longer_words_share_the_maps_of_embeddings(self, with_features):
        library = tiny(with_features)
        adapter, plain = (library.adapter(SOURCE, TARGET, replace(LAYERS, features=f)) for f in ("layers", "embedding"))
        longer = [bucket for bucket in plain.maps if bucket[0] > 1]
        assert longer
        assert all(adapter.maps[bucket] is plain.maps[bucket] for bucket in longer)
        assert [(r.i, r.j) for r in adapter.reports] == sorted(adapter.maps)
        assert adapter.d_src == plain.d_src == library.causal(SOURCE).embedding_table.shape[1]

    def test_it_is_kept_and_read_again_without_a_fit(self, tmp_path, monkeypatch):
        library, shares = tiny(tmp_path), []
        assert not library.has_adapter(SOURCE, TARGET, LAYERS)
        adapter = library.adapter(SOURCE, TARGET, LAYERS, lambda share, what: shares.append(share))
        assert shares == sorted(shares)
        fits = record_calls(monkeypatch, library_module, "fit_adapter")
        again = tiny(tmp_path)
        assert again.has_adapter(SOURCE, TARGET, LAYERS)
        assert_equal(again.adapter(SOURCE, TARGET, LAYERS), adapter)
        assert torch.equal(again.token_features(SOURCE), library.token_features(SOURCE))
        assert fits == []

    def test_other_weights_of_a_layer_are_another_adapter(self, tmp_path):
        library, other = tiny(tmp_path), tiny(tmp_path)
        with torch.no_grad():
            other.causal(SOURCE).network.transformer.h[1].mlp.c_fc.weight.mul_(2.0)
        paths = [kind.adapter_file(SOURCE, TARGET, LAYERS) for kind in (library, other)]
        assert paths[0] != paths[1]
        assert library.adapter_file(SOURCE, TARGET, OPTIONS) == other.adapter_file(SOURCE, TARGET, OPTIONS)

    def test_a_source_without_hidden_states_is_refused(self, tmp_path):
        with pytest.raises(UserError, match=r"'minilm' is no causal language model.*Choose the features 'embedding'"):
            Library(tmp_path).adapter("minilm", TARGET, LAYERS)

    def test_target_buckets_are_refused(self):
        with pytest.raises(UserError, match="'target' maps embeddings alone"):
            replace(LAYERS, bucketing="target").check()
