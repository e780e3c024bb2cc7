"""Workers of a Ray cluster, by Ray Data: each loads its models once, then takes one item after the other.

Ray is imported when a pool begins, so nobody needs it who does not ask for it.
"""

from __future__ import annotations

import logging
import os
import pickle
import socket
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

import torch

from fuse_core.common.devices import AUTO, CPU, CUDA, chosen_device, chosen_precision
from fuse_core.common.errors import UserError, said
from fuse_core.library import Library

T = TypeVar("T")
R = TypeVar("R")
RETRIES = 2  # of an item whose worker was lost: what kills every worker must not go on for ever
LOST = f"The worker that had this picture was lost {1 + RETRIES} times."
TASKS = 20_000  # most that Ray is asked to keep account of; what is more shares a task, and is lost with its worker
SECONDS = 5.0  # to reach the cluster's head
STORE = 100_000_000  # bytes of the object store where Ray is started here: names and results alone are in it
ENVIRONMENT = {"OMP_WAIT_POLICY": "PASSIVE", "TOKENIZERS_PARALLELISM": "false"}


@dataclass(frozen=True)
class RayPool:
    """Where work is done, and by how many.

    Attributes
    ----------
    address : str or None
        Of a running cluster: ``auto`` or HOST:PORT. None starts Ray on this machine, and ends it.
    workers : int or None
        How many; None for as many as there are cores, or GPUs, for.
    threads : int
        Of each worker.
    device : str or None
        ``cpu``, ``cuda`` (a GPU for each worker) or ``auto`` (a GPU where the cluster has any).
    dtype : str or None
        As a ``Library`` has it.

    Raises
    ------
    UserError
        When Ray is not installed, and for values that cannot be.
    """

    address: str | None = None
    workers: int | None = None
    threads: int = 1
    device: str | None = None
    dtype: str | None = None

    def __post_init__(self) -> None:
        if find_spec("ray") is None:
            raise UserError("Ray is not installed.", "Run 'make ray', or 'pip install -r requirements-ray.txt'.")
        for name in ("workers", "threads"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UserError(f"'{name}' must be 1 or more, and is {value}.", fields=(name,))
        if self.device not in (None, AUTO, CPU, CUDA):
            raise UserError(
                f"Ray gives its workers their devices, so they cannot be told to use '{self.device}'.",
                f"Choose one of: {AUTO}, {CPU}, {CUDA}.",
            )

    def over(self, begin: Callable[[Library], Callable[[T], R]], items: Sequence[T]) -> Iterator[tuple[int, R | None]]:
        """Do work on every item: its place and what came of it, in the order in which they are done.

        None, at the end, for items whose worker was lost ``1 + RETRIES`` times.

        Parameters
        ----------
        begin : callable
            Called once a worker; what it returns is called with every item. Begin, items and outcomes are pickled.

        Raises
        ------
        UserError
            When there is no such cluster, or it has no room for the workers. One of ``begin``, or of the
            work, ends all of it.
        """
        if not items:
            return
        left = set(range(len(items)))
        with _quiet(), self._connected() as (ray, resources):
            gpus = 0 if self.device == CPU else int(resources.get("GPU", 0))
            if self.device == CUDA and not gpus:
                raise UserError("The cluster has no GPU.", "Leave the device out, or start nodes that have one.")
            workers = min(self._workers(int(resources.get("CPU", 0)), gpus), len(items))
            rows = [{"item": pickle.dumps(item)} for item in enumerate(items)]
            done = ray.data.from_items(rows, override_num_blocks=min(len(rows), TASKS)).map_batches(
                _Worker,
                fn_constructor_args=(begin, CUDA if gpus else self.device, self.dtype, self.threads),
                batch_size=1,
                # One at a time: what waited behind an item that kills its worker would be charged for it.
                compute=ray.data.ActorPoolStrategy(size=workers, max_tasks_in_flight_per_actor=1),
                num_cpus=self.threads,
                num_gpus=1 if gpus else 0,
                max_task_retries=RETRIES,
            )
            for row in done.iter_rows():
                k, outcome = pickle.loads(row["outcome"])
                if isinstance(outcome, UserError):
                    raise outcome
                if k in left:
                    left.remove(k)
                    yield k, outcome
        yield from ((k, None) for k in sorted(left))

    def _workers(self, cores: int, gpus: int) -> int:
        room = min(cores // self.threads, gpus or cores)
        if (self.workers or 1) > room:
            what = f"{cores} cores" + (f" and {gpus} GPUs" if gpus else "")
            raise UserError(
                f"Ray has {what}, which is room for {room} workers of {self.threads} threads.",
                "Ask for fewer, or for fewer threads.",
            )
        return self.workers or room

    @contextmanager
    def _connected(self) -> Iterator[tuple[Any, dict[str, float]]]:
        ray: Any = import_module("ray")
        told = {"runtime_env": {"env_vars": ENVIRONMENT}, "log_to_driver": False, "logging_level": "error"}
        where = self._where()
        try:
            ray.init(**where, **told)
        except (ConnectionError, ray.exceptions.AuthenticationError) as error:
            if where["address"] == AUTO:
                raise UserError(
                    "No Ray runs on this machine.", "Start it by 'ray start --head', or give HOST:PORT."
                ) from error
            raise UserError(
                f"The cluster at {where['address']} took no connection.",
                "If it asks for a token, copy its ~/.ray/auth_token here, and set RAY_AUTH_MODE=token.",
            ) from error
        try:
            context = ray.data.DataContext.get_current()
            context.max_errored_blocks = -1  # they come back as None
            context.enable_progress_bars = False
            yield ray, ray.cluster_resources()
        finally:
            ray.shutdown()

    def _where(self) -> dict[str, Any]:
        if self.address is None:
            cores = self.workers and self.workers * self.threads  # though there may be fewer
            return {"address": "local", "num_cpus": cores, "object_store_memory": STORE, "include_dashboard": False}
        address = os.environ.get("RAY_ADDRESS", AUTO) if self.address == AUTO else self.address
        if address != AUTO:
            _check_address(address)
        return {"address": address}


class _Worker:
    """One of Ray's workers; whatever is wrong with all of its work becomes an outcome, which ends the pool."""

    def __init__(self, begin: Callable, device: str | None, dtype: str | None, threads: int) -> None:
        self.begin, self.placement, self.threads = begin, (device, dtype), threads
        self.work: Callable[[Any], Any] | None = None

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[bytes]]:
        k, item = pickle.loads(batch["item"][0])
        try:
            self.work = self.work or self._begun()
            outcome = self.work(item)
        except UserError as error:
            outcome = error
        except Exception as error:
            outcome = UserError(said(error))
        return {"outcome": [pickle.dumps((k, outcome))]}

    def _begun(self) -> Callable[[Any], Any]:
        device, dtype = self.placement
        torch.set_num_threads(self.threads)
        return self.begin(Library(device=chosen_device(device), dtype=chosen_precision(dtype)))


def _check_address(address: str) -> None:
    """See that somebody answers: Ray itself tries for minutes.

    Raises
    ------
    UserError
        For an address that is none, or where nobody answers.
    """
    host, mark, port = address.rpartition(":")
    if not mark or "/" in host or not port.isdigit() or int(port) > 65535:
        raise UserError(f"'{address}' is no address of a Ray cluster.", "Give auto, or HOST:PORT of its head.")
    try:
        socket.create_connection((host.strip("[]"), int(port)), SECONDS).close()
    except OSError as error:
        raise UserError(
            f"Nobody answers at {address} ({(error.strerror or str(error)).lower()}).",
            "Give the address that 'ray start --head' told.",
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Ray tells much, with tracebacks of what is tried again; of that, workers that were lost alone are told."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    import_module("ray.data")  # chooses levels and filters as it is imported
    loggers = [logging.getLogger(name) for name in ("ray", "ray.data")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the number of retries, which no named parameter takes yet
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
