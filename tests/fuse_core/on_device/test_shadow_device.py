"""The device of these tests itself: it computes as the processor does and refuses what a GPU refuses."""

from __future__ import annotations

import pytest
import torch

from tests.fuse_core.on_device.shadow_device import DEVICE, MixedDevices, shadow_device


def test_it_computes_as_the_processor_does():
    with shadow_device():
        x = torch.arange(6.0, device=DEVICE).view(2, 3).requires_grad_()
        (found,) = torch.autograd.grad((x @ x.T).square().sum(), x)
        row = torch.tensor([3, 1], device=DEVICE)
        assert found.device == row.device == DEVICE
        assert row.tolist() == [3, 1]
        assert found[[1, 0]].shape == (2, 3)
        of_device = found[[1, 0]].cpu()
    y = torch.arange(6.0).view(2, 3).requires_grad_()
    (expected,) = torch.autograd.grad((y @ y.T).square().sum(), y)
    assert torch.equal(of_device, expected[[1, 0]])


@pytest.mark.parametrize(
    "mixed",
    [
        lambda here: here + torch.ones(3),
        lambda here: torch.ones(2, 3) @ here,
        lambda here: torch.ones(3)[here.argsort()],
        lambda here: torch.stack([here.sum(), torch.tensor(1.0)]),
        lambda here: torch.cat([here, torch.ones(3)]),
        lambda here: torch.zeros(3).index_add_(0, here.argsort(), here),
        lambda here: torch.where(torch.ones(3, dtype=torch.bool), here, here),
    ],
)
def test_it_refuses_tensors_of_two_devices(mixed):
    with shadow_device(), pytest.raises(MixedDevices):
        mixed(torch.arange(3.0, device=DEVICE))


def test_it_takes_numbers_and_indices_of_the_processor_as_gpus_do():
    with shadow_device():
        here = torch.arange(3.0, device=DEVICE)
        assert (here * torch.tensor(2.0)).tolist() == [0, 2, 4]
        assert here[torch.tensor([2, 0])].tolist() == [2, 0]
        here[1] = 7
        here.copy_(here.cpu().flip(0))
        assert here.tolist() == [2, 7, 0]


def test_it_may_lack_float64():
    with shadow_device(float64=False):
        here = torch.ones(3, device=DEVICE)
        assert here.cpu().double().dtype == torch.float64
        with pytest.raises(TypeError, match="no float64"):
            here.double()
