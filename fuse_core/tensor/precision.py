"""How exactly tensors are computed with, whatever device they are on."""

from __future__ import annotations

import torch
from torch import Tensor

# Their GPUs compute in single precision at most: what needs float64 runs on the processor.
WITHOUT_FLOAT64 = {"mps"}


def algebra_device(device: torch.device) -> torch.device:
    """Where a fit's algebra runs, in float64: the device itself; the processor in place of one without float64."""
    return torch.device("cpu") if device.type in WITHOUT_FLOAT64 else device


HALF = {torch.float16, torch.bfloat16}


def widened(x: Tensor) -> Tensor:
    """A tensor of half precision in single precision, in which losses are; any other as it is."""
    return x.float() if x.dtype in HALF else x


def exact_products() -> None:
    """Products of float32 as such, for the whole process: no tensor cores that round their factors to TF32."""
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.set_float32_matmul_precision("highest")
