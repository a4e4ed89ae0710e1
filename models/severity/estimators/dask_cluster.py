"""Train XGBoost on a Dask cluster, for tables that exceed the memory of a single machine.

Dask is an optional extra (`cluster` in pyproject.toml) and slow to import, so functions import it when they need it.
"""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import xgboost

from models.severity.data.encoding import EncodedEvents
from models.severity.errors import InvalidStudy

# Timeout in seconds for reaching the scheduler, and then for its workers.
TIMEOUT_S = 60
# Boosters are trained one at a time: each of them uses the whole cluster.
_training_lock = Lock()


class ClusterUnavailable(InvalidStudy):
    """The requested cluster cannot be used; the message says what is missing."""


@contextmanager
def connected(address: str, workers: int, device: str = "cpu") -> Iterator[None]:
    """Connect to the scheduler at `address`, so that training in this context can use the cluster.

    Does nothing if `address` is empty and `workers` is 0. Raises ClusterUnavailable.
    """
    if not address and not workers:
        yield
        return
    _require(bool(address and workers), f"dask_scheduler = {address}, dask_workers = {workers}", "both or none", "one")
    _require(device == "cpu", f"dask_scheduler and device = {device}", "device = cpu with a cluster", device)
    packages = "the packages dask and distributed, which `make env` installs"
    _require(_is_dask_installed(), "dask_scheduler", packages, "none")
    import distributed

    try:
        client = distributed.Client(address, timeout=TIMEOUT_S)
    except (OSError, ValueError) as error:
        raise ClusterUnavailable(
            _error_message(f"dask_scheduler = {address}", "a scheduler", f"no answer ({error})")
        ) from error
    with client:
        _require_workers(client, workers)
        yield


def train_on_cluster(
    parameters: dict[str, Any],
    train: EncodedEvents,
    validation: EncodedEvents | None,
    options: dict[str, Any],
    workers: int,
) -> xgboost.Booster:
    """Train like `xgboost.train` on the connected cluster, with one partition per worker; return the booster.

    `options`: keyword arguments of `xgboost.dask.train`. `nthread` is ignored: each worker uses all of its threads.
    """
    import distributed
    from xgboost import dask

    client = distributed.default_client()
    parameters = {name: value for name, value in parameters.items() if name != "nthread"}
    with _training_lock:
        evals = [] if validation is None else [(_distribute(client, validation, workers), "watched")]
        matrix = _distribute(client, train, workers)
        booster: xgboost.Booster = dask.train(client, parameters, matrix, evals=evals, **options)["booster"]
    return booster


def _distribute(client: Any, events: EncodedEvents, workers: int) -> Any:
    """Return the events as a DaskDMatrix, partition n on worker n: the assignment affects the last digits."""
    import dask
    from dask import array
    from xgboost.dask import DaskDMatrix

    addresses = _addresses(client)[:workers]
    size = -(-len(events.values) // workers)
    columns = {"feature_names": events.encoder.names, "feature_types": events.encoder.types, "enable_categorical": True}
    with dask.annotate(workers=lambda key: addresses[key[1]]):
        values, label, weights = (
            None
            if data is None
            else client.persist(array.from_array(data, (size, *data.shape[1:])), optimize_graph=False)
            for data in (events.values, events.label, events.weights)
        )
    return DaskDMatrix(client, values, label, weight=weights, **columns)


def _addresses(client: Any) -> list[str]:
    """Return the addresses of the workers, sorted by worker name: names stay the same between runs of a cluster."""
    info = client.scheduler_info(n_workers=-1)["workers"]
    return sorted(info, key=lambda address: (str(info[address]["name"]), address))


def _require_workers(client: Any, workers: int) -> None:
    """Raise ClusterUnavailable unless there are `workers` workers with the local version of XGBoost."""
    import distributed

    try:
        client.wait_for_workers(workers, timeout=TIMEOUT_S)
    except (TimeoutError, distributed.TimeoutError) as error:
        count = len(_addresses(client))
        raise ClusterUnavailable(
            _error_message(f"dask_workers = {workers}", f"{workers} workers", str(count))
        ) from error
    versions = set(client.run(_version).values())
    _require(versions == {_version()}, "workers", f"XGBoost {_version()}", ", ".join(sorted(versions)))


def _version() -> str:
    return xgboost.__version__


def _is_dask_installed() -> bool:
    return all(importlib.util.find_spec(name) for name in ("dask", "distributed"))


def _require(condition: bool, subject: str, expected: str, actual: str) -> None:
    if not condition:
        raise ClusterUnavailable(_error_message(subject, expected, actual))


def _error_message(subject: str, expected: str, actual: str) -> str:
    next_step = "correct this, or train on this machine, with dask_workers = 0 and an empty dask_scheduler"
    return f"[Training] {subject}: expected {expected}, found {actual}; {next_step}."
