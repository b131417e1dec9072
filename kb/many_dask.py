"""The only door to Dask: workers in processes of this machine, or on the machines of a scheduler.

Whoever can talk to a scheduler can run programs on its workers. So all of it is encrypted and
checked by certificates: temporary ones on this machine; between machines those of Dask's own
settings (`distributed.comm.tls`).
"""

import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kb.errors import LibraryError
from kb.many import Promise
from kb.many_reading import Ready, Refused

NAME = "aidpost"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
START_S = 60

Reading = Callable[[bytes, str], Ready | Refused]
"""Reads one file; made once in each worker."""


@dataclass(frozen=True, slots=True)
class DaskFarm:
    """Workers of one scheduler."""

    client: Any
    workers: int

    def start(self, data: bytes, name: str) -> Promise:
        """Have a file read by whoever is free."""
        # The bytes go with the task, so that another worker can take it when one dies over it;
        # Dask would rather have large ones scattered, which are lost with their worker.
        with _plain_errors(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph")
            return _Promise(name, self.client.submit(_read, data, name, pure=False))


@dataclass(frozen=True, slots=True)
class _Promise:
    name: str
    future: Any

    def result(self) -> Ready | Refused:
        """What became of the file; a worker that died over it several times refuses it."""
        from distributed import KilledWorker  # noqa: PLC0415

        with _plain_errors():
            try:
                found: Ready | Refused = self.future.result()
            except KilledWorker:
                return Refused(f"{self.name} made the program that reads it crash.")
            return found


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except (OSError, CancelledError) as error:
        message = (
            "The workers that read the files went away. What is done stays; run the same command"
            " to go on."
        )
        raise LibraryError(message) from error


@contextmanager
def farm(make: Callable[[], Reading], workers: int = 2, address: str = "") -> Iterator[DaskFarm]:
    """Workers that read files, for as long as the block runs.

    Args:
        make: makes what reads, in each worker; a function of a module that workers have too.
        workers: processes of this machine, where no `address` is given.
        address: of a scheduler whose workers are used instead, such as `tls://server:8786`.

    Raises:
        LibraryError: Dask is not installed, or the scheduler cannot be reached or trusted.
    """
    distributed = _distributed()
    with _client(distributed, workers, address) as client:
        client.register_plugin(_plugin(distributed, make))
        yield DaskFarm(client, _counted(client, address))


def _counted(client: Any, address: str) -> int:  # noqa: ANN401
    try:
        client.wait_for_workers(1, timeout=START_S)
    except TimeoutError as error:
        message = f"The scheduler {address} has no workers. Start some and try again."
        raise LibraryError(message) from error
    return sum(client.nthreads().values())


@contextmanager
def _client(distributed: Any, workers: int, address: str) -> Iterator[Any]:  # noqa: ANN401
    if address:
        check_address(address)
        try:
            client = distributed.Client(address, timeout=START_S)
        except (OSError, TypeError, ValueError, RuntimeError) as error:
            message = (
                f"The scheduler {address} cannot be reached. Check that it runs, that the network"
                " is connected, and the certificates in Dask's settings (distributed.comm.tls)."
            )
            raise LibraryError(message) from error
        with client:
            yield client
        return
    import dask  # noqa: PLC0415

    with (
        # One file a worker: of two, the harmless one would be blamed for the crash as well.
        dask.config.set({"distributed.scheduler.worker-saturation": 1.0}),
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            security=True,
            dashboard_address=None,
            memory_limit=0,
            host="127.0.0.1",
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def check_address(address: str) -> None:
    """Refuse a scheduler that anybody on the network could command.

    Raises:
        LibraryError: it is neither encrypted nor on this machine.
    """
    parts = urlsplit(address)
    if parts.scheme == "tls" or (parts.scheme == "tcp" and parts.hostname in LOOPBACK):
        return
    message = (
        f"The scheduler {address} is not protected: anybody on the network could run programs on"
        " its workers. Start it with certificates and give its address as tls://server:8786."
    )
    raise LibraryError(message)


def _distributed() -> Any:  # noqa: ANN401 - a module
    try:
        import distributed  # noqa: PLC0415 - only a district has it
    except ImportError as error:
        message = (
            "Reading with several workers needs Dask, which is not installed. Install it with:"
            " pip install 'aidpost[district]'. Without --workers, files are read one by one."
        )
        raise LibraryError(message) from error
    return distributed


def _plugin(distributed: Any, make: Callable[[], Reading]) -> Any:  # noqa: ANN401
    """What each worker makes once and keeps: the reader with its encoder."""

    def setup(self: Any, worker: Any) -> None:  # noqa: ANN401, ARG001
        self.reading = make()

    kind = type("Readers", (distributed.WorkerPlugin,), {"name": NAME, "setup": setup})
    return kind()


def _read(data: bytes, name: str) -> Ready | Refused:
    """Runs in a worker."""
    from distributed import get_worker  # noqa: PLC0415

    plugin: Any = get_worker().plugins[NAME]
    found: Ready | Refused = plugin.reading(data, name)
    return found
