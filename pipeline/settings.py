"""Every knob of the pipeline: one typed class per section of luigi.cfg, and the folders everything goes to.

Knobs that cannot change a result (addresses, folders, passwords, worker counts) are `significant=False` and stay out of
stamps.
Three environment variables stand above luigi.cfg, so that one command can point a whole run elsewhere:
`NTSB_STORE` (folder for everything a run makes), `NTSB_SOURCES` (folder or URL with the zips), `NTSB_DATABASE_URL`.
"""

import hashlib
import os
import tempfile
from pathlib import Path

import luigi

REPOSITORY = Path(__file__).resolve().parent.parent
SQL = REPOSITORY / "pipeline" / "sql"


def store() -> Path:
    """The folder under which everything a run makes lies: NTSB_STORE, else the repository."""
    return Path(os.environ.get("NTSB_STORE") or REPOSITORY).resolve()


def targets_folder() -> Path:
    """Cached targets, the archive of sources and the embedded database."""
    return store() / "targets" / "store"


def runs_folder() -> Path:
    """The MLflow store."""
    return store() / "models" / "runs"


def kept_folder() -> Path:
    """What is only ever appended to, and outlives `make clean`: looks at frozen tests, and promotions."""
    return store() / "models" / "kept"


def html_folder() -> Path:
    """Where reports land."""
    return store() / "reports" / "html"


class CountParameter(luigi.IntParameter):
    """How many of something: a whole number, none at the least."""

    def parse(self, s: str) -> int:
        """The number. Raises ValueError where the text is none, or is below 0."""
        number = int(s)
        if number < 0:
            raise ValueError(f"0 or more expected, {number} found")
        return number


class Sources(luigi.Config):
    """Where NTSB's zips come from."""

    location = luigi.Parameter(significant=False)
    base = luigi.ListParameter(significant=False)
    weekly = luigi.ListParameter(significant=False)
    timeout_s = luigi.FloatParameter(significant=False)
    attempts = luigi.IntParameter(significant=False)
    backoff_s = luigi.FloatParameter(significant=False)
    max_unpacked_gb = luigi.FloatParameter(significant=False)

    def place(self) -> str:
        """The folder or URL in force: NTSB_SOURCES, else `location`."""
        return os.environ.get("NTSB_SOURCES") or str(self.location)


class Postgres(luigi.Config):
    """The database server: the embedded one where `url` is empty."""

    url = luigi.Parameter(significant=False)
    connections = luigi.IntParameter(significant=False)

    def external_url(self) -> str:
        """The URL of a server the user runs, or an empty string: NTSB_DATABASE_URL, else `url`."""
        return os.environ.get("NTSB_DATABASE_URL") or str(self.url)


class Checks(luigi.Config):
    """How much the audit lets pass."""

    max_quarantined_share = luigi.FloatParameter()


class Publication(luigi.Config):
    """What is kept of earlier releases."""

    keep_releases = CountParameter(significant=False)


class Severity(luigi.Config):
    """The severity study: population, split and moment."""

    moment = luigi.ChoiceParameter(choices=["T0", "T1"])
    first_year = luigi.IntParameter()
    validation_year = luigi.IntParameter()
    test_year = luigi.IntParameter()
    last_year = luigi.IntParameter()
    young_days = luigi.IntParameter()
    origins = luigi.IntParameter()


class Training(luigi.Config):
    """The models' own knobs."""

    seed = luigi.IntParameter()
    max_depth = luigi.IntParameter()
    learning_rate = luigi.FloatParameter()
    rounds = luigi.IntParameter()
    early_stopping_rounds = luigi.IntParameter()
    bootstrap_draws = luigi.IntParameter()
    trees = luigi.IntParameter()
    trials = luigi.IntParameter()
    tuning_storage = luigi.Parameter(significant=False)
    dask_workers = luigi.IntParameter()
    dask_scheduler = luigi.Parameter(significant=False)
    device = luigi.ChoiceParameter(choices=["cpu", "cuda"])
    champion_patience = luigi.IntParameter(significant=False)
    tracking_uri = luigi.Parameter(significant=False)


class Reporting(luigi.Config):
    """How reports are drawn."""

    top_makes = luigi.IntParameter()
    smallest_cell = luigi.IntParameter()


SECTIONS: tuple[type[luigi.Config], ...] = (Sources, Postgres, Checks, Publication, Severity, Training, Reporting)
LUIGI_SECTIONS = ("core", "worker", "scheduler", "resources", "retcode")

# Luigi refuses a second run of the same command; into another store it is another run.
_KEY = hashlib.sha256(str(store()).encode()).hexdigest()[:12]
luigi.configuration.get_config().set("core", "lock_pid_dir", str(Path(tempfile.gettempdir()) / f"luigi-{_KEY}"))
