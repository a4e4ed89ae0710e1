"""The same training on a Dask cluster, for a table that is too much for one machine.

Dask is an optional extra (`cluster` in pyproject.toml) and takes long to import, so it is imported where it is needed.
"""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

import xgboost

from models.severity.errors import InvalidStudy

if TYPE_CHECKING:
    from models.severity.estimators.boosting import EncodedEvents

# Seconds to wait for the scheduler, and then for its workers.
TIMEOUT_S = 60
# A booster has the whole cluster to itself.
_training_lock = Lock()


class ClusterUnavailable(InvalidStudy):
    """The cluster that was asked for cannot be used; the message says what is missing."""


@contextmanager
def connected(address: str, workers: int, device: str = "cpu") -> Iterator[None]:
    """Inside, `train` works on the cluster of the scheduler at `address`. Nothing happens where both are empty.

    Raises ClusterMissing.
    """
    if not address and not workers:
        yield
        return
    _require(bool(address and workers), f"dask_scheduler = {address}, dask_workers = {workers}", "both or none", "one")
    _require(device == "cpu", f"dask_scheduler and device = {device}", "cpu with a cluster", device)
    _require(
        _is_dask_installed(), "dask_scheduler", "the packages dask and distributed", "none; pip install '.[cluster]'"
    )
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
    given: "EncodedEvents",
    watched: "EncodedEvents | None",
    options: dict[str, Any],
    workers: int,
) -> xgboost.Booster:
    """`xgboost.train` with the events cut into `workers` parts, one on each worker, each with all of its threads."""
    import distributed
    from xgboost import dask

    client = distributed.default_client()
    parameters = {name: value for name, value in parameters.items() if name != "nthread"}
    with _training_lock:
        evals = [] if watched is None else [(_distribute(client, watched, workers), "watched")]
        matrix = _distribute(client, given, workers)
        found = dask.train(client, parameters, matrix, evals=evals, **options)
    booster: xgboost.Booster = found["booster"]
    return booster


def _distribute(client: Any, given: "EncodedEvents", workers: int) -> Any:
    """The events as Dask's matrix, the n-th part on the n-th worker: who has what decides the last digits."""
    import dask
    from dask import array
    from xgboost.dask import DaskDMatrix

    places = _addresses(client)[:workers]
    size = -(-len(given.values) // workers)
    kind = {"feature_names": given.encoder.names, "feature_types": given.encoder.types, "enable_categorical": True}
    with dask.annotate(workers=lambda key: places[key[1]]):
        values, label, weights = (
            None
            if each is None
            else client.persist(array.from_array(each, (size, *each.shape[1:])), optimize_graph=False)
            for each in (given.values, given.label, given.weights)
        )
    return DaskDMatrix(client, values, label, weight=weights, **kind)


def _addresses(client: Any) -> list[str]:
    """The workers in the order of their names, which a cluster gives again where addresses change."""
    found = client.scheduler_info(n_workers=-1)["workers"]
    return sorted(found, key=lambda address: (str(found[address]["name"]), address))


def _require_workers(client: Any, workers: int) -> None:
    """As many as were asked for, with the XGBoost that is here."""
    import distributed

    try:
        client.wait_for_workers(workers, timeout=TIMEOUT_S)
    except (TimeoutError, distributed.TimeoutError) as error:
        there = len(_addresses(client))
        raise ClusterUnavailable(
            _error_message(f"dask_workers = {workers}", f"{workers} workers", str(there))
        ) from error
    versions = set(client.run(_version).values())
    _require(versions == {_version()}, "the workers", f"XGBoost {_version()}", ", ".join(sorted(versions)))


def _version() -> str:
    return xgboost.__version__


def _is_dask_installed() -> bool:
    return all(importlib.util.find_spec(name) for name in ("dask", "distributed"))


def _require(is_so: bool, thing: str, wanted: str, found: str) -> None:
    if not is_so:
        raise ClusterUnavailable(_error_message(thing, wanted, found))


def _error_message(thing: str, wanted: str, found: str) -> str:
    move = "Mend that, or empty dask_scheduler and set dask_workers = 0 to train on this machine"
    return f"[Training] {thing}: {wanted} expected, {found} found. {move}."
