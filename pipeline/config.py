"""Every knob of the pipeline: one typed class per section of luigi.cfg, and the folders everything goes to.

Knobs that cannot change a result (addresses, folders, passwords, worker counts) are `significant=False` and stay out of
fingerprints.
Three environment variables stand above luigi.cfg, so that one command can point a whole run elsewhere:
`NTSB_STORE` (folder for everything a run makes), `NTSB_SOURCES` (folder or URL with the zips), `NTSB_DATABASE_URL`.

Is luigi.cfg what settings.py asks for? A key that nothing reads is a mistake, and so is one that is not there.
"""

import configparser
import difflib
import hashlib
import os
import tempfile
from pathlib import Path

import luigi
import luigi.interface
import luigi.retcodes
import luigi.scheduler
import luigi.worker

from pipeline.errors import PipelineError

REPOSITORY = Path(__file__).resolve().parent.parent
SQL = REPOSITORY / "pipeline" / "sql"


def store_folder() -> Path:
    """The folder under which everything a run makes lies: NTSB_STORE, else the repository."""
    return Path(os.environ.get("NTSB_STORE") or REPOSITORY).resolve()


def targets_folder() -> Path:
    """Cached targets, the archive of sources and the embedded database."""
    return store_folder() / "targets" / "store"


def mlflow_folder() -> Path:
    """The MLflow store."""
    return store_folder() / "models" / "runs"


def ledger_folder() -> Path:
    """What is only ever appended to, and outlives `make clean`: looks at frozen tests, and promotions."""
    return store_folder() / "models" / "kept"


def html_folder() -> Path:
    """Where reports land."""
    return store_folder() / "reports" / "html"


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

    def resolved_location(self) -> str:
        """The source location, a folder or URL: NTSB_SOURCES, else `location`."""
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
    """The severity study: population, split and prediction_time."""

    prediction_time = luigi.ChoiceParameter(choices=["T0", "T1"])
    first_year = luigi.IntParameter()
    validation_year = luigi.IntParameter()
    test_year = luigi.IntParameter()
    last_year = luigi.IntParameter()
    min_case_age_days = luigi.IntParameter()
    backtest_windows = luigi.IntParameter()


class Training(luigi.Config):
    """The models' own knobs."""

    seed = luigi.IntParameter()
    max_depth = luigi.IntParameter()
    learning_rate = luigi.FloatParameter()
    rounds = luigi.IntParameter()
    early_stopping_rounds = luigi.IntParameter()
    n_bootstrap = luigi.IntParameter()
    trees = luigi.IntParameter()
    trials = luigi.IntParameter()
    tuning_storage = luigi.Parameter(significant=False)
    dask_workers = luigi.IntParameter()
    dask_scheduler = luigi.Parameter(significant=False)
    device = luigi.ChoiceParameter(choices=["cpu", "cuda"])
    max_champion_age = luigi.IntParameter(significant=False)
    tracking_uri = luigi.Parameter(significant=False)


class Reporting(luigi.Config):
    """How reports are drawn."""

    top_makes = luigi.IntParameter()
    min_cell_count = luigi.IntParameter()


SECTIONS: tuple[type[luigi.Config], ...] = (Sources, Postgres, Checks, Publication, Severity, Training, Reporting)
LUIGI_SECTIONS = ("core", "worker", "scheduler", "resources", "retcode")

# Luigi refuses a second run of the same command; into another store it is another run.
_KEY = hashlib.sha256(str(store_folder()).encode()).hexdigest()[:12]
luigi.configuration.get_config().set("core", "lock_pid_dir", str(Path(tempfile.gettempdir()) / f"luigi-{_KEY}"))


def _expected_keys() -> dict[str, set[str]]:
    """Keys of every section that belongs to the pipeline."""
    return {section.__name__: {name for name, _ in section.get_params()} for section in SECTIONS}


# Luigi's own sections that are classes; it reads these few keys of [core] without one.
LUIGI_CLASSES = (luigi.interface.core, luigi.worker.worker, luigi.scheduler.scheduler, luigi.retcodes.retcode)
CORE_KEYS = {"autoload_range", "rpc_connect_timeout", "rpc_retry_attempts", "rpc_retry_wait"} | {
    f"default_scheduler_{part}" for part in ("host", "port", "url")
}


def _known_keys() -> dict[str, set[str]]:
    """Keys of every section that may stand in the file; [resources] takes any name."""
    luigis = {section.__name__: {name for name, _ in section.get_params()} for section in LUIGI_CLASSES}
    luigis["core"] |= CORE_KEYS
    return _expected_keys() | luigis


def _suggestion(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]}?" if close else " Remove it."


def _read_file(path: Path) -> configparser.ConfigParser:
    # Without interpolation: addresses hold percent signs. Case matters, as it does to a parameter's name.
    parser = configparser.ConfigParser(interpolation=None)
    # A method by its type, and replaced by a function as configparser documents it.
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    with path.open(encoding="utf-8") as file:
        parser.read_file(file)
    return parser


def _invalid_values(parser: configparser.ConfigParser, path: Path) -> list[str]:
    """Values that their parameter cannot read, such as a word where a number belongs."""
    mistakes = []
    for section in SECTIONS:
        for name, parameter in section.get_params():
            text = parser.get(section.__name__, name, fallback=None)
            if text is None:
                continue
            try:
                parameter.normalize(parameter.parse(text))
            except (ValueError, TypeError) as error:
                kind = type(parameter).__name__.removesuffix("Parameter").lower()
                mistakes.append(f"{path}: [{section.__name__}] {name} = {text} is not of the kind {kind}: {error}.")
    return mistakes


def _unknown_keys(parser: configparser.ConfigParser, path: Path) -> list[str]:
    known = _known_keys()
    mistakes = []
    for name in parser.sections():
        if name not in known and name not in LUIGI_SECTIONS:
            mistakes.append(f"{path}: section [{name}] is unknown.{_suggestion(name, {*known, *LUIGI_SECTIONS})}")
        for key in parser[name] if name in known else ():
            if key.replace("-", "_") not in known[name]:
                mistakes.append(f"{path}: [{name}] {key} is unknown.{_suggestion(key, known[name])}")
    return mistakes


def _missing_keys(parser: configparser.ConfigParser, path: Path) -> list[str]:
    present = {name: set(parser[name]) for name in parser.sections()}
    absent = [(name, key) for name, keys in _expected_keys().items() for key in sorted(keys - present.get(name, set()))]
    return [f"{path}: [{name}] {key} is missing: add it." for name, key in absent]


def check_file(path: Path, whole: bool = True) -> list[str]:
    """Every mistake in a configuration file, a sentence each: unknown sections and keys, values that cannot be read,
    and, where the file is to be `whole`, keys that are not there.
    """
    try:
        parser = _read_file(path)
    except (OSError, configparser.Error, UnicodeDecodeError) as error:
        return [f"{path}: cannot be read as a configuration file: {' '.join(str(error).split())}."]
    return _unknown_keys(parser, path) + (_missing_keys(parser, path) if whole else []) + _invalid_values(parser, path)


def find_mistakes() -> list[str]:
    """Mistakes of the repository's luigi.cfg, of the file in LUIGI_CONFIG_PATH (a few keys suffice there), and of the
    place: Luigi looks for luigi.cfg in the current folder.
    """
    found = check_file(REPOSITORY / "luigi.cfg")
    if other := os.environ.get("LUIGI_CONFIG_PATH"):
        found += check_file(Path(other), whole=False)
    if not found and not luigi.configuration.get_config().has_section(Sources.__name__):
        found.append(f"Luigi finds no luigi.cfg in {Path.cwd()}: run from {REPOSITORY}.")
    return found


def require_valid() -> None:
    """Raise one PipelineError with all mistakes."""
    if found := find_mistakes():
        raise PipelineError("Mistakes in the configuration:\n" + "\n".join(f"  {mistake}" for mistake in found))
