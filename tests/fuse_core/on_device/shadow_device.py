"""A device that is none: tensors of ``meta`` whose numbers the processor holds, to see without a GPU where devices mix.

Inside ``shadow_device()`` whatever is put on ``DEVICE`` is computed with on the processor, to the same digits, and
an operation that a real accelerator would refuse is refused: tensors of both devices in one operation, and
float64 where that is asked for, as on Apple's GPUs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = torch.device("meta")
CPU = torch.device("cpu")
aten = torch.ops.aten
# What takes indices may take them from the processor; a copy is what moves tensors; these look at no numbers.
TAKES_INDICES = {aten.index.Tensor, aten.index_put.default, aten.index_put_.default, aten._index_put_impl_.default}
MOVES = {aten.copy_.default, aten._to_copy.default}
JOINS = {aten.cat.default, aten.stack.default}
FROM_DATA = {torch.tensor, torch.as_tensor, Tensor.new_tensor}
BY_INDEX = {Tensor.__getitem__, Tensor.__setitem__}


class MixedDevices(RuntimeError):
    """What an accelerator would say to tensors of two devices."""


class ShadowTensor(Tensor):
    """A tensor that says it is on ``DEVICE``; ``inner`` has its numbers."""

    inner: Tensor

    @staticmethod
    def __new__(cls, inner: Tensor) -> ShadowTensor:
        found = Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls,
            inner.size(),
            strides=inner.stride() if inner.layout == torch.strided else None,
            storage_offset=inner.storage_offset() if inner.layout == torch.strided else None,
            dtype=inner.dtype,
            layout=inner.layout,
            device=DEVICE,
        )
        found.inner = inner
        return found

    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    def tolist(self) -> Any:
        return self.inner.tolist()

    def __repr__(self, **_: Any) -> str:  # type: ignore[override]
        return f"shadow of {self.inner!r}"

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        raise MixedDevices(f"{func} outside of shadow_device()")


class _Kernels(TorchDispatchMode):
    """Runs every operation on the processor once its devices are those of one place."""

    def __init__(self, float64: bool) -> None:
        super().__init__()
        self.float64 = float64

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        tensors = [x for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)]
        asked = kwargs.get("device")
        shadowed = self._checked(func, args, tensors)
        if asked is not None:
            shadowed = torch.device(asked).type == DEVICE.type
            kwargs["device"] = CPU
        found = func(*tree_map(_inner, args), **tree_map(_inner, kwargs))
        if not shadowed:
            return found
        if not self.float64 and any(x.dtype in (torch.float64, torch.complex128) for x in _tensors(found)):
            raise TypeError(f"{func}: this device has no float64.")
        if func.name().split("(")[0].rstrip(".").endswith("_") and isinstance(args[0], ShadowTensor):
            return args[0]  # in place: the tensor itself
        return tree_map(lambda x: ShadowTensor(x) if isinstance(x, Tensor) else x, found)

    @staticmethod
    def _checked(func: Any, args: tuple, tensors: list[Tensor]) -> bool:
        """Whether the operation is one of the shadow device; raises where it is of both."""
        here = [isinstance(x, ShadowTensor) for x in tensors]
        if func in TAKES_INDICES:
            indices = [isinstance(x, ShadowTensor) for x in args[1] if x is not None]
            rest = [isinstance(args[0], ShadowTensor), *(isinstance(x, ShadowTensor) for x in args[2:3])]
            if not rest[0] and any(indices):
                raise MixedDevices(f"{func}: indices of the accelerator into a tensor of the processor")
            here = rest
        elif func not in MOVES:
            # A number without dimensions may come from the processor, but not to be put beside others.
            here = [on for on, x in zip(here, tensors, strict=True) if on or x.ndim or func in JOINS]
        if any(here) and not all(here) and func not in MOVES:
            sizes = ", ".join(f"{tuple(x.shape)} {'shadow' if isinstance(x, ShadowTensor) else 'cpu'}" for x in tensors)
            raise MixedDevices(f"{func}: {sizes}")
        return isinstance(args[0], ShadowTensor) if func is aten.copy_.default else any(here)


class _Factories(TorchFunctionMode):
    """Numbers of Python's become a tensor on the processor, and then move: ``meta`` itself would forget them."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func in BY_INDEX:
            args = (args[0], tree_map(_index, args[1], is_leaf=lambda x: isinstance(x, list)), *args[2:])
        if func in FROM_DATA:
            like = args[0].device if func is Tensor.new_tensor else None
            device = torch.device(kwargs.pop("device", None) or like or CPU)
            if device.type == DEVICE.type:
                return func(*args, **kwargs, device=CPU).to(device)
            kwargs["device"] = device
        return func(*args, **kwargs)


def _inner(x: Any) -> Any:
    return x.inner if isinstance(x, ShadowTensor) else x


def _index(x: Any) -> Any:
    return torch.tensor(x, dtype=torch.long) if isinstance(x, list) and all(type(k) is int for k in x) else x


def _tensors(found: Any) -> list[Tensor]:
    return [x for x in tree_leaves(found) if isinstance(x, Tensor)]


@contextmanager
def shadow_device(float64: bool = True) -> Iterator[torch.device]:
    """Give ``DEVICE`` numbers inside the block; without ``float64`` it refuses such tensors."""
    with _Kernels(float64), _Factories():
        yield DEVICE
