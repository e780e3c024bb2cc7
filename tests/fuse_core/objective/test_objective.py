from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from fuse_core.common.errors import UserError
from fuse_core.objective.image_term import ImageTerm
from fuse_core.objective.language_term import LanguageTerm
from fuse_core.objective.objective import Objective
from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_forwards

PROMPTS = [" a cat", " two dogs and a rocket", " astronaut", " a photograph of the unbelievable harbour"]


@pytest.fixture(scope="module")
def gpt2():
    return tiny_models.gpt2()


@pytest.fixture(scope="module")
def clip():
    return tiny_models.clip()


@pytest.fixture(scope="module")
def clip64():
    """In double precision, for comparing gradients."""
    model = tiny_models.clip()
    model.network.double()
    return model


@pytest.fixture(scope="module")
def image(clip):
    return clip.encode_image(tiny_models.picture())


def mean_nll(model, context: list[int], scored: list[int]) -> float:
    """Cross-entropy of one sequence, token by token, each from a forward pass of its own."""
    total = 0.0
    for k, token in enumerate(scored):
        logits = model.network(input_ids=torch.tensor([context + scored[:k]])).logits[0, -1]
        total += float(F.cross_entropy(logits[None].double(), torch.tensor([token])))
    return total / len(scored)


class TestLanguageTerm:
    @pytest.mark.parametrize("suffix", ["", " on a sunny day."])
    @pytest.mark.parametrize("prefix", ["", "An image of"])
    @pytest.mark.parametrize("build", [tiny_models.llama, tiny_models.gpt2])
    def test_losses_are_mean_cross_entropies_after_the_prefix(self, build, prefix, suffix):
        model = build()
        term = LanguageTerm(model, prefix=prefix, suffix=suffix)
        ids = model.tokenizer.encode_batch(PROMPTS)
        context = [50256, *model.tokenizer.encode(prefix)]
        expected = [mean_nll(model, context, row + model.tokenizer.encode(suffix)) for row in ids]
        torch.testing.assert_close(term.losses(ids), torch.tensor(expected), atol=1e-4, rtol=1e-5)

    def test_next_log_probs_add_up_to_the_loss(self, gpt2):
        term = LanguageTerm(gpt2, prefix="An image of")
        ids = gpt2.tokenizer.encode(PROMPTS[1])
        sums = sum(float(term.next_log_probs([ids[:k]])[0, token]) for k, token in enumerate(ids))
        assert float(term.losses([ids])[0]) == pytest.approx(-sums / len(ids), abs=1e-5)

    def test_next_log_probs_of_a_batch_are_each_prompts_own(self, gpt2):
        term = LanguageTerm(gpt2, prefix="An image of")
        ids = [*gpt2.tokenizer.encode_batch(PROMPTS), []]
        together = term.next_log_probs(ids)
        torch.testing.assert_close(together.exp().sum(1), torch.ones(len(ids)))
        for row, found in zip(ids, together, strict=True):
            torch.testing.assert_close(found, term.next_log_probs([row])[0], atol=1e-4, rtol=1e-4)

    def test_next_log_probs_take_one_forward_pass(self, gpt2, request):
        passes = record_forwards(gpt2.network, request)
        LanguageTerm(gpt2, prefix="An image of").next_log_probs(gpt2.tokenizer.encode_batch(PROMPTS))
        assert passes == [len(PROMPTS)]

    def test_losses_are_the_same_in_small_batches(self, gpt2, monkeypatch, request):
        term = LanguageTerm(gpt2, prefix="An image of")
        ids = gpt2.tokenizer.encode_batch(PROMPTS)
        together = term.losses(ids)
        passes = record_forwards(gpt2.network, request)
        monkeypatch.setattr(term._limit, "most", 14)
        torch.testing.assert_close(term.losses(ids), together, atol=1e-5, rtol=1e-5)
        assert passes == [2, 1, 1]

    def test_an_empty_prompt_has_the_loss_of_its_suffix_or_none(self, gpt2):
        assert float(LanguageTerm(gpt2, prefix="An image").losses([[]])[0]) == 0.0
        with_suffix = LanguageTerm(gpt2, prefix="An image", suffix=" of")
        assert float(with_suffix.losses([[]])[0]) == pytest.approx(mean_nll(gpt2, [50256, 2025, 2939], [286]), abs=1e-4)

    def test_without_start_token_an_empty_prefix_is_refused(self):
        model = tiny_models.gpt2(start_id=None)
        with pytest.raises(UserError, match=r"needs a prefix\. Type one"):
            LanguageTerm(model).losses([[257]])
        assert LanguageTerm(model, prefix="An image").context() == [2025, 2939]

    def test_a_text_that_fills_the_context_passes_and_one_token_more_does_not(self):
        term = LanguageTerm(tiny_models.gpt2(positions=8), prefix="An image of", suffix=" cat")  # 1 + 3 + 3 + 1
        term.check_length(3)
        with pytest.raises(UserError, match=r"9 tokens, more than the 8 that tiny-gpt2 reads\. Shorten the prefix"):
            term.check_length(4)


class TestImageTerm:
    def test_losses_are_one_minus_the_cosine_with_the_picture(self, clip, image):
        term = ImageTerm(clip, image, prefix="An image of", suffix=" in the rain")
        for prompt, loss in zip(PROMPTS, term.losses(PROMPTS), strict=True):
            (vector,) = clip.encode_ids([clip.tokenizer.encode(f"An image of{prompt} in the rain")])
            assert float(loss) == pytest.approx(1 - float(vector @ image), abs=1e-6)

    @pytest.mark.parametrize(("prefix", "suffix"), [("", ""), ("An image of", ""), ("An image of", " in the rain.")])
    def test_gradients_are_those_of_the_weighted_loss_at_the_texts_own_embeddings(self, clip64, image, prefix, suffix):
        clip, image = clip64, image.double()
        term = ImageTerm(clip, image, weight=3.0, prefix=prefix, suffix=suffix)
        for prompt, found in zip(PROMPTS, term.gradients(PROMPTS), strict=True):
            ids = clip.tokenizer.encode(prefix + prompt + suffix)
            x = clip.embedding_table[torch.tensor(ids)].clone().requires_grad_(True)
            loss = 1 - clip.encode_embeddings([x])[0] @ image
            (expected,) = torch.autograd.grad(3.0 * loss, x)
            torch.testing.assert_close(torch.cat(found.grads, 2)[0].T, expected, atol=1e-9, rtol=1e-9)
            assert found.loss == pytest.approx(float(loss.detach()), abs=1e-9)
            assert [w.text for w in found.words] == (prefix + prompt + suffix).split()
            assert [w.text for w in found.words[found.first : found.last]] == prompt.split()
            assert [g.shape for g in found.grads] == [(1, 16, len(w.ids)) for w in found.words]

    def test_gradients_agree_with_finite_differences(self, clip64, image):
        clip = clip64
        term = ImageTerm(clip, image.double(), weight=2.0, prefix="An image of")
        (found,) = term.gradients([" a cat"])
        ids = clip.tokenizer.encode("An image of a cat")
        x = clip.embedding_table[torch.tensor(ids)].clone()
        direction = torch.randn(x.shape, generator=torch.Generator().manual_seed(0), dtype=x.dtype)
        step = 1e-5
        up, down = (2.0 * (1 - clip.encode_embeddings([x + s * direction])[0] @ term.image) for s in (step, -step))
        slope = (torch.cat(found.grads, 2)[0].T * direction).sum()
        torch.testing.assert_close(slope, (up - down) / (2 * step), atol=1e-8, rtol=1e-6)

    @pytest.mark.parametrize(
        ("prefix", "prompt", "suffix"),
        [
            ("An image of", " a cat", "!"),
            ("An image of", " a kookaburra", ", 4k photo."),
            ("An image of (", "kookaburra in a harbour", ") today"),
            ('"', "kookaburra", '"'),
            ("An image of ", "a cat ", " ."),
        ],
    )
    def test_text_glued_to_the_prompt_is_none_of_its_words(self, clip64, image, prefix, prompt, suffix):
        """The prompt's gradients against those of a loss in which its own tokens alone may move."""
        clip, encode = clip64, clip64.tokenizer.encode
        term = ImageTerm(clip, image.double(), weight=3.0, prefix=prefix, suffix=suffix)
        before, own, after = (clip.embedding_table[encode(text)] for text in (prefix, prompt, suffix))
        own = own.clone().requires_grad_(True)
        loss = 3.0 * (1 - clip.encode_embeddings([torch.cat([before, own, after])])[0] @ term.image)
        (expected,) = torch.autograd.grad(loss, own)
        (found,) = term.gradients([prompt])
        lengths = [len(encode(word)) for word in prompt.split()]
        assert [g.shape for g in found.of_prompt] == [(1, 16, n) for n in lengths]
        torch.testing.assert_close(torch.cat(found.of_prompt, 2)[0].T, expected, atol=1e-9, rtol=1e-9)
        assert torch.equal(found.at_last_word, found.of_prompt[-1])

    def test_a_token_across_the_border_is_the_prompts(self, clip, image):
        (found,) = ImageTerm(clip, image, suffix="s").gradients([" a cat"])
        assert len(clip.tokenizer.encode("cats")) == 1
        assert torch.equal(found.at_last_word, found.grads[-1])

    def test_an_empty_prompt_has_no_words_of_its_own(self, clip, image):
        (found,) = ImageTerm(clip, image, prefix="An image of").gradients([""])
        assert found.first == found.last
        assert [w.text for w in found.words] == ["An", "image", "of"]

    def test_gradients_take_one_forward_pass_and_leave_the_weights_alone(self, clip, image, request):
        passes = record_forwards(clip.network.text_model.encoder, request)
        ImageTerm(clip, image).gradients(PROMPTS)
        assert passes == [len(PROMPTS)]
        assert clip.embedding_table.grad is None

    def test_gradients_are_taken_inside_no_grad_too(self, clip, image):
        with torch.no_grad():
            (found,) = ImageTerm(clip, image).gradients([" a cat"])
        assert torch.cat(found.grads, 2).norm() > 0

    def test_a_text_that_does_not_fit_says_what_to_do(self, clip, image):
        term = ImageTerm(clip, image, prefix="An image of")
        term.check_length(" x" * 72)
        with pytest.raises(UserError, match=r"78 tokens, more than the 77 that tiny-clip reads\. Shorten the prefix"):
            term.check_length(" x" * 73)

    def test_fits_tells_which_texts_have_room(self, image):
        term = ImageTerm(tiny_models.clip(positions=8), image, prefix="An image of")
        assert term.fits([" x" * 3, " x" * 4, ""]) == [True, False, True]


@pytest.fixture(scope="module")
def objective(gpt2, clip, image):
    language = LanguageTerm(gpt2, 0.5, "An image of", " today")
    return Objective(language, (ImageTerm(clip, image, 22.0, "A photo of", " today"),))


class TestObjective:
    def test_it_is_the_weighted_sum_of_the_terms(self, objective, gpt2):
        total, losses = objective.evaluate(PROMPTS)
        assert set(losses) == {"tiny-gpt2", "tiny-clip"}
        language = objective.language.losses(gpt2.tokenizer.encode_batch(PROMPTS))
        picture = objective.targets[0].losses(PROMPTS)
        torch.testing.assert_close(losses["tiny-gpt2"], language)
        torch.testing.assert_close(losses["tiny-clip"], picture)
        torch.testing.assert_close(total, 0.5 * language.double() + 22.0 * picture.double())

    def test_without_targets_it_is_the_language_models(self, objective, gpt2):
        total, _ = Objective(objective.language, ()).evaluate(PROMPTS)
        expected = 0.5 * objective.language.losses(gpt2.tokenizer.encode_batch(PROMPTS))
        torch.testing.assert_close(total, expected.double())

    def test_a_weight_of_zero_silences_a_term(self, objective, gpt2, clip, image):
        silenced = Objective(objective.language, (ImageTerm(clip, image, 0.0),))
        assert torch.equal(silenced.evaluate(PROMPTS)[0], Objective(objective.language, ()).evaluate(PROMPTS)[0])

    @pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
    def test_other_weights_are_refused_with_the_models_name(self, objective, gpt2, clip, image, weight):
        with pytest.raises(UserError, match="weight of tiny-gpt2 must be 0 or more"):
            Objective(LanguageTerm(gpt2, weight), objective.targets)
        with pytest.raises(UserError, match="weight of tiny-clip must be 0 or more"):
            Objective(objective.language, (ImageTerm(clip, image, weight),))

    def test_two_terms_of_one_name_are_refused(self, objective):
        with pytest.raises(UserError, match="two terms named tiny-clip"):
            Objective(objective.language, objective.targets * 2)
