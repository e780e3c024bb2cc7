from __future__ import annotations

import pytest
import torch

from fuse_core.common.errors import UserError
from fuse_core.objective.fluency_term import FluencyTerm
from fuse_core.objective.language_term import LanguageTerm
from fuse_core.words.word_tensors import merge
from tests.fuse_core import tiny_models

PROMPTS = [" a cat", " the hippopotamus, with marmalade", "", " dogs"]


@pytest.fixture(scope="module")
def model():
    found = tiny_models.gpt2()  # not the Llama, which computes in single precision in places
    found.network.double()
    return found


@pytest.mark.parametrize("suffix", ["", " today"])
def test_the_loss_is_the_mean_surprise_of_prompt_and_suffix(model, suffix):
    term = FluencyTerm(model, 2.0, "An image of", suffix)
    for prompt, loss in zip(PROMPTS, term.losses(PROMPTS), strict=True):
        before, after = (model.tokenizer.encode(text) for text in ("An image of", prompt + suffix))
        ids = [50256, *before, *after]
        log_probs = model.logits([ids])[0].log_softmax(-1)
        surprise = [-float(log_probs[k - 1, ids[k]]) for k in range(1 + len(before), len(ids))]
        assert float(loss) == pytest.approx(sum(surprise) / max(1, len(surprise)))


@pytest.mark.parametrize("suffix", ["", " today"])
def test_gradients_at_embeddings_and_labels_agree_with_finite_differences(model, suffix):
    """The loss as a function of the prompt's embeddings, whose coordinates in the table are the labels."""
    term = FluencyTerm(model, 3.0, "An image of", suffix)
    table = model.embedding_table
    coordinates = torch.linalg.pinv(table)  # (d, vocabulary), by SVD
    for prompt, found in zip(PROMPTS, term.gradients(PROMPTS), strict=True):
        before, own, after = (model.tokenizer.encode(text) for text in ("An image of", prompt, suffix))
        ids = torch.tensor([50256, *before, *own, *after])
        start, end = 1 + len(before), 1 + len(before) + len(own)
        x = table[ids]

        def loss(moved, ids=ids, start=start, end=end, x=x):
            log_probs = model.logits_from_embeddings(torch.cat([x[:start], moved, x[end:]])[None])[0].log_softmax(-1)
            shares = (moved - x[start:end]) @ coordinates  # beside the one-hot labels
            total = sum(-log_probs[k - 1, ids[k]] for k in range(start, len(ids)))
            total = total - (shares * log_probs[start - 1 : end - 1]).sum()
            return 3.0 * total / max(1, len(ids) - start)

        assert found.loss == pytest.approx(float(loss(x[start:end])) / 3.0)
        assert [word.text for word in found.words] == prompt.split()
        lengths = [len(word.ids) for word in found.words]
        direction = torch.randn(end - start, table.shape[1], generator=torch.Generator().manual_seed(0)).double()
        step = 1e-5
        slope = (loss(x[start:end] + step * direction) - loss(x[start:end] - step * direction)) / (2 * step)
        pulled = merge(found.of_prompt, lengths) if lengths else direction[:0]
        torch.testing.assert_close((pulled * direction).sum(), slope, atol=1e-6, rtol=1e-5)


def test_a_large_batch_is_read_in_parts(model, monkeypatch):
    term = FluencyTerm(model, 1.0, "An image of")
    whole = term.gradients(PROMPTS)
    monkeypatch.setattr("fuse_core.objective.fluency_term.LOGITS_PER_BATCH", 1)
    for one, other in zip(whole, term.gradients(PROMPTS), strict=True):
        assert one.loss == pytest.approx(other.loss)
        for a, b in zip(one.grads, other.grads, strict=True):
            torch.testing.assert_close(a, b)


def test_a_prompt_that_does_not_fit_says_what_to_do():
    term = FluencyTerm(tiny_models.llama(positions=12), 1.0, "An image of")
    assert term.fits([" x" * 8, " x" * 9]) == [True, False]
    with pytest.raises(UserError, match="13 tokens, more than the 12 that tiny-llama reads"):
        term.check_length(" x" * 9)


def test_it_agrees_with_the_term_of_the_language_model_that_writes(model):
    own = LanguageTerm(model, 1.0, "An image of").losses(model.tokenizer.encode_continuations(PROMPTS))
    torch.testing.assert_close(FluencyTerm(model, 1.0, "An image of").losses(PROMPTS), own)
