from __future__ import annotations

import gc

import torch

from fuse_core.tensor import digest
from fuse_core.tensor.digest import tensor_digest, tensors_digest
from tests.fuse_core.recording import record_calls


def test_equal_tensors_have_equal_digests_wherever_their_bytes_lie():
    x = torch.arange(6.0).reshape(2, 3)
    assert tensor_digest(x) == tensor_digest(x.clone()) == tensor_digest(x.T.contiguous().T)
    assert tensor_digest(torch.nn.Parameter(x)) == tensor_digest(x)


def test_values_shape_and_type_tell_tensors_apart():
    x = torch.arange(6.0).reshape(2, 3)
    others = [x + 1, x.T, x.reshape(6), x.double(), x.to(torch.bfloat16), x.int(), x[:1], torch.tensor(0.0)]
    assert len({tensor_digest(t) for t in (x, *others)}) == len(others) + 1


def test_names_and_order_count():
    a, b = torch.zeros(2), torch.ones(2)
    kinds = [[("a", a), ("b", b)], [("b", b), ("a", a)], [("a", b), ("b", a)], [("a", a)], []]
    assert len({tensors_digest(named) for named in kinds}) == len(kinds)


def test_it_is_computed_once_a_tensor_and_anew_after_a_change_in_place(monkeypatch):
    computed = record_calls(monkeypatch, digest, "tensors_digest")
    x = torch.zeros(3)
    first = tensor_digest(x)
    assert tensor_digest(x) == first
    assert len(computed) == 1
    x.add_(1)
    assert tensor_digest(x) == tensor_digest(torch.ones(3)) != first


def test_tensors_are_not_kept_alive():
    known = len(digest._KNOWN)
    tensor_digest(torch.zeros(3))
    gc.collect()
    assert len(digest._KNOWN) <= known
