"""Settings of the pipeline: a class of typed, bounded parameters per section of luigi.cfg, and the output folders.

Settings that cannot change a result (addresses, folders, passwords, worker counts) are `significant=False` and are not
part of fingerprints.
Environment variables take precedence over luigi.cfg: `NTSB_STORE` (folder for all output), `NTSB_SOURCES` (folder or
URL with the zips, or `api`), `NTSB_DATABASE_URL`, `NTSB_DATABASE_OWNER_URL` and `NTSB_TEST_LEDGER` (see
`evaluation_ledger`). The key of NTSB's API is in `NTSB_API_KEY` only.

`require_valid` checks luigi.cfg against these classes: unknown keys, missing keys and invalid values are errors.
"""

import configparser
import difflib
import operator
import os
import re
import sys
from functools import partial
from pathlib import Path

import luigi
import luigi.interface
import luigi.retcodes
import luigi.scheduler
import luigi.worker
from luigi.cmdline_parser import CmdlineParser

from pipeline.errors import PipelineError

REPOSITORY = Path(__file__).resolve().parent.parent
SQL = REPOSITORY / "pipeline" / "sql"


def store_folder() -> Path:
    """Return the root folder of all output: NTSB_STORE, else the repository."""
    return Path(os.environ.get("NTSB_STORE") or REPOSITORY).resolve()


def targets_folder() -> Path:
    """Return the folder of cached targets, the archive of sources and the embedded database."""
    return store_folder() / "targets" / "store"


def mlflow_folder() -> Path:
    """Return the folder of the MLflow store."""
    return store_folder() / "models" / "runs"


def ledger_folder() -> Path:
    """Return the folder of the append-only log of promotions, which `make clean` keeps."""
    return store_folder() / "models" / "kept"


def evaluation_ledger() -> Path:
    """Return the CSV file that counts evaluations on test sets: NTSB_TEST_LEDGER, else one in the repository.

    It is shared by all stores. If the repository cannot be written, it is in the folder of the store's logs.
    """
    if path := os.environ.get("NTSB_TEST_LEDGER"):
        return Path(path).resolve()
    folder = REPOSITORY / "models" / "kept" if os.access(REPOSITORY / "models", os.W_OK) else ledger_folder()
    return folder / "test_ledger.csv"


def html_folder() -> Path:
    """Return the folder of rendered reports."""
    return store_folder() / "reports" / "html"


# An inclusive range of whole numbers.
Integer = partial(luigi.NumericalParameter, var_type=int, right_op=operator.le)
# A range of real numbers without its lower bound.
Positive = partial(luigi.NumericalParameter, var_type=float, min_value=0, left_op=operator.lt, right_op=operator.le)


class Sources(luigi.Config):
    """Location and download of NTSB's zips."""

    location = luigi.Parameter(significant=False)
    base = luigi.ListParameter(significant=False)
    weekly = luigi.ListParameter(significant=False)
    timeout_s = Positive(max_value=3600, significant=False)
    attempts = Integer(min_value=1, max_value=100, significant=False)
    backoff_s = Positive(left_op=operator.le, max_value=3600, significant=False)
    max_unpacked_gb = Positive(max_value=1000, significant=False)
    max_download_gb = Positive(max_value=1000, significant=False)
    recheck_days = Positive(left_op=operator.le, max_value=36_500, significant=False)
    user_agent = luigi.Parameter(significant=False)

    def resolved_location(self) -> str:
        """Return the source location, a folder or URL: NTSB_SOURCES, else `location`."""
        return os.environ.get("NTSB_SOURCES") or str(self.location)

    def uses_api(self) -> bool:
        """Return True for the location `api`, and for `api+` and another location: NTSB's API, alone or with files."""
        return self.resolved_location() == "api" or self.resolved_location().startswith("api+")

    def files_location(self) -> str:
        """Return the location of the Access files; empty if only the API is used."""
        return re.sub(r"^api(\+|$)", "", self.resolved_location())


class Month(luigi.Parameter):
    """A month as YYYY-MM."""

    def parse(self, x: str) -> str:
        if not re.fullmatch(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])", x):
            raise ValueError(x)
        return x


class OptionalMonth(Month):
    """A month as YYYY-MM, or an empty text."""

    def parse(self, x: str) -> str:
        return super().parse(x) if x else x


class Api(luigi.Config):
    """NTSB's Enterprise API; the key is in the environment variable NTSB_API_KEY."""

    address = luigi.Parameter(significant=False)
    first_month = Month(significant=False, description="a month as YYYY-MM")
    last_month = OptionalMonth(significant=False, description="a month as YYYY-MM, or nothing")
    refresh_days = Positive(left_op=operator.le, max_value=36_500, significant=False)
    requests_per_minute = Integer(min_value=1, max_value=100_000, significant=False)
    timeout_s = Positive(max_value=3600, significant=False)
    attempts = Integer(min_value=1, max_value=100, significant=False)
    backoff_s = Positive(left_op=operator.le, max_value=3600, significant=False)
    max_page_mb = Positive(max_value=10_000, significant=False)


class Reference(luigi.Config):
    """Reference data from files of the user."""

    exposure = luigi.Parameter(significant=False)


class Postgres(luigi.Config):
    """The database server: the embedded one where `url` is empty."""

    url = luigi.Parameter(significant=False)
    owner_url = luigi.Parameter(significant=False)
    connections = Integer(min_value=1, max_value=100, significant=False)
    lock_timeout_s = Positive(max_value=86_400, significant=False)

    def external_url(self) -> str:
        """Return the URL of an external server, or an empty string: NTSB_DATABASE_URL, else `url`."""
        return os.environ.get("NTSB_DATABASE_URL") or str(self.url)

    def external_owner_url(self) -> str:
        """The URL with which releases are published: NTSB_DATABASE_OWNER_URL, else `owner_url`, else `external_url`."""
        url = self.external_url()
        return url and (os.environ.get("NTSB_DATABASE_OWNER_URL") or str(self.owner_url) or url)


class Checks(luigi.Config):
    """Limits of the checks before publication."""

    max_quarantined_share = Positive(left_op=operator.le, max_value=1)
    max_lost_share = Positive(left_op=operator.le, max_value=1)
    max_lost_increase = Positive(left_op=operator.le, max_value=1)
    state_border_km = Positive(left_op=operator.le, max_value=1000)
    state_coast_km = Positive(left_op=operator.le, max_value=1000)


class Publication(luigi.Config):
    """Retention of earlier releases."""

    keep_releases = Integer(min_value=0, max_value=1000, significant=False)


class Severity(luigi.Config):
    """The severity study: population, split and prediction time."""

    prediction_time = luigi.ChoiceParameter(choices=["T0", "T1"])
    first_year = Integer(min_value=1962, max_value=2200)
    validation_year = Integer(min_value=1962, max_value=2200)
    test_year = Integer(min_value=1962, max_value=2200)
    last_year = Integer(min_value=1962, max_value=2200)
    min_case_age_days = Integer(min_value=0, max_value=100_000)
    min_category_count = Integer(min_value=1, max_value=1_000_000)
    backtest_windows = Integer(min_value=0, max_value=100)


class Training(luigi.Config):
    """Hyperparameters, tuning and tracking of the severity models."""

    seed = Integer(min_value=0, max_value=2**32 - 1)
    max_depth = Integer(min_value=1, max_value=100)
    learning_rate = Positive(max_value=1)
    min_child_weight = Positive(left_op=operator.le, max_value=1_000_000)
    subsample = Positive(max_value=1)
    colsample_bytree = Positive(max_value=1)
    reg_lambda = Positive(left_op=operator.le, max_value=1_000_000)
    masked_share = Positive(left_op=operator.le, max_value=1)
    recency_half_life_y = Positive(left_op=operator.le, max_value=1000)
    rounds = Integer(min_value=1, max_value=1_000_000)
    early_stopping_rounds = Integer(min_value=1, max_value=1_000_000)
    n_bootstrap = Integer(min_value=0, max_value=1_000_000)
    trees = Integer(min_value=1, max_value=1_000_000)
    min_samples_leaf = Integer(min_value=1, max_value=1_000_000)
    max_samples = Positive(max_value=1)
    inverse_regularization = Positive(max_value=1_000_000)
    n_quantiles = Integer(min_value=2, max_value=1_000_000)
    n_powers = Integer(min_value=1, max_value=100)
    max_categories = Integer(min_value=2, max_value=1_000_000)
    recent_years = Integer(min_value=1, max_value=100)
    n_seeds = Integer(min_value=1, max_value=100)
    trials = Integer(min_value=0, max_value=1_000_000)
    tuning_storage = luigi.Parameter(significant=False)
    dask_workers = Integer(min_value=0, max_value=100_000)
    dask_scheduler = luigi.Parameter(significant=False)
    device = luigi.ChoiceParameter(choices=["cpu", "cuda"])
    max_champion_age = Integer(min_value=0, max_value=1_000_000, significant=False)
    tracking_uri = luigi.Parameter(significant=False)


class Operations(luigi.Config):
    """Unattended runs: records of runs, polls of schedules, timeouts."""

    run_detail_days = Integer(min_value=0, max_value=36_500, significant=False)
    run_summary_days = Integer(min_value=0, max_value=36_500, significant=False)
    polls = Integer(min_value=1, max_value=1000, significant=False)
    poll_interval_s = Positive(left_op=operator.le, max_value=86_400, significant=False)
    task_timeouts_s = luigi.DictParameter(significant=False)


class Notifications(luigi.Config):
    """Messages about runs; nothing is sent where no receiver is configured."""

    smtp_host = luigi.Parameter(significant=False)
    smtp_port = Integer(min_value=1, max_value=65_535, significant=False)
    smtp_security = luigi.ChoiceParameter(choices=["starttls", "tls", "none"], significant=False)
    smtp_user = luigi.Parameter(significant=False)
    smtp_ca_file = luigi.Parameter(significant=False)
    sender = luigi.Parameter(significant=False)
    recipients = luigi.ListParameter(significant=False)
    on_success = luigi.ChoiceParameter(choices=["always", "published", "never"], significant=False)
    secrets_file = luigi.Parameter(significant=False)
    watches = luigi.Parameter(significant=False)
    timeout_s = Positive(max_value=3600, significant=False)
    max_delay_s = Positive(max_value=3600, significant=False)
    keep_undelivered_days = Integer(min_value=0, max_value=36_500, significant=False)


class Reporting(luigi.Config):
    """Contents of the reports."""

    top_makes = Integer(min_value=1, max_value=1000)
    min_cell_count = Integer(min_value=0, max_value=1_000_000)


class Serving(luigi.Config):
    """The HTTP API."""

    connections = Integer(min_value=1, max_value=100, significant=False)
    wait_s = Positive(max_value=60, significant=False)
    statement_timeout_s = Positive(max_value=3600, significant=False)
    max_requests = Integer(min_value=1, max_value=10_000, significant=False)
    max_body_kb = Integer(min_value=1, max_value=100_000, significant=False)
    client_timeout_s = Positive(max_value=600, significant=False)
    rate_limit = luigi.Parameter(significant=False)
    cache_mb = Integer(min_value=0, max_value=100_000, significant=False)
    refresh_s = Positive(max_value=3600, significant=False)
    keys_required = luigi.BoolParameter(parsing=luigi.BoolParameter.EXPLICIT_PARSING, significant=False)
    cors_origins = luigi.ListParameter(significant=False)


# Names of environment variables.
ADDRESS_VARIABLE = re.compile(r"(URL|URI|DSN|SOURCES|PROXY)$", re.IGNORECASE)
SECRET_VARIABLE = re.compile(r"(PASSWORD|PASSWD|TOKEN|SECRET|API_KEY|ACCESS_KEY)$", re.IGNORECASE)


def addresses() -> tuple[str, ...]:
    """Return what may contain credentials, for redaction: addresses in variables, settings and arguments, passwords."""
    parser = luigi.configuration.get_config()
    settings = [text for section in parser.sections() for _, text in parser.items(section, raw=True)]
    variables = [text for name, text in os.environ.items() if ADDRESS_VARIABLE.search(name)]
    texts = [text for text in (*variables, *settings, *sys.argv) if re.search("://|@|password", text)]
    secrets = [text for name, text in os.environ.items() if SECRET_VARIABLE.search(name) and len(text) >= 6]
    quoted = [text.replace("\\", "\\\\").replace("'", "\\'") for text in secrets]
    return tuple(dict.fromkeys([*texts, *(f"password='{text}'" for text in quoted)]))


SECTIONS: tuple[type[luigi.Config], ...] = (
    Sources,
    Api,
    Reference,
    Postgres,
    Checks,
    Publication,
    Severity,
    Training,
    Operations,
    Notifications,
    Reporting,
    Serving,
)
LUIGI_SECTIONS = ("core", "worker", "scheduler", "resources", "retcode", "task_history")

_luigi_settings = luigi.configuration.get_config()
# Luigi reads the file of the current folder, which may be any folder.
_luigi_settings.read([REPOSITORY / "luigi.cfg", os.environ.get("LUIGI_CONFIG_PATH", "")])
# The pipeline has its own lock, in the store: Luigi's is a folder in /tmp with a predictable name.
_luigi_settings.set("core", "no_lock", "true")


def _expected_keys() -> dict[str, set[str]]:
    """Return {section: keys} of the pipeline's sections."""
    return {section.__name__: {name for name, _ in section.get_params()} for section in SECTIONS}


# Luigi's sections with a class, and the keys of [core] that it reads without one.
LUIGI_CLASSES = (luigi.interface.core, luigi.worker.worker, luigi.scheduler.scheduler, luigi.retcodes.retcode)
CORE_KEYS = {"autoload_range", "rpc_connect_timeout", "rpc_retry_attempts", "rpc_retry_wait"} | {
    f"default_scheduler_{part}" for part in ("host", "port", "url")
}


def _known_keys() -> dict[str, set[str]]:
    """Return {section: keys} of all sections with a fixed set of keys; [resources] accepts any name."""
    luigi_keys = {section.__name__: {name for name, _ in section.get_params()} for section in LUIGI_CLASSES}
    luigi_keys["core"] |= CORE_KEYS
    return _expected_keys() | luigi_keys


def _suggestion(name: str, known: set[str]) -> str:
    matches = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {matches[0]}?" if matches else " Remove it."


def _read_file(path: Path) -> configparser.ConfigParser:
    # Without interpolation, because URLs contain percent signs. Keys are case-sensitive, as parameter names are.
    parser = configparser.ConfigParser(interpolation=None)
    # configparser documents this assignment; its type says method.
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    with path.open(encoding="utf-8") as file:
        parser.read_file(file)
    return parser


def _invalid_values(parser: configparser.ConfigParser, path: Path) -> list[str]:
    """Return a message for each value that its parameter rejects: of another type, out of bounds, or not a choice."""
    mistakes = []
    for section in SECTIONS:
        for name, parameter in section.get_params():
            text = parser.get(section.__name__, name, fallback=None)
            if text is not None and not _is_valid(parameter, text):
                expected = _permitted_values(parameter)
                mistakes.append(f"{path}: [{section.__name__}] {name}: expected {expected}, found {text}; correct it.")
    return mistakes


def _invalid_options() -> list[str]:
    """Return a message for each setting on the command line of a run that its parameter rejects."""
    parser = CmdlineParser.get_instance()
    options = vars(parser.known_args) if parser else {}
    mistakes = []
    for section in SECTIONS:
        for name, parameter in section.get_params():
            text = options.get(f"{section.__name__}_{name}")
            if text is not None and not _is_valid(parameter, text):
                option = f"--{section.__name__}-{name.replace('_', '-')}"
                mistakes.append(f"{option}: expected {_permitted_values(parameter)}, found {text}; correct it.")
    return mistakes


def _is_valid(parameter: luigi.Parameter, text: str) -> bool:
    try:
        parameter.normalize(parameter.parse(text))
    except (ValueError, TypeError):
        return False
    return True


def _permitted_values(parameter: luigi.Parameter) -> str:
    """Return the permitted values as Luigi describes them, such as `int in [1, 10]`, else the type of the parameter."""
    if choices := getattr(parameter, "_choices", None):
        return ", ".join(sorted(map(str, choices)))
    permitted = re.sub("^.*permitted values: ", "", parameter.description or "")
    return permitted or f"a {type(parameter).__name__.removesuffix('Parameter').lower()}"


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


def check_file(path: Path, require_all: bool = True) -> list[str]:
    """Return all mistakes in a file: unknown sections and keys, invalid values and, if `require_all`, missing keys."""
    try:
        parser = _read_file(path)
    except (OSError, configparser.Error, UnicodeDecodeError) as error:
        return [f"{path}: cannot be read as a configuration file: {' '.join(str(error).split())}."]
    return (
        _unknown_keys(parser, path)
        + (_missing_keys(parser, path) if require_all else [])
        + _invalid_values(parser, path)
    )


def _contradictions() -> list[str]:
    """Return a message for each file that a setting names and that does not exist, and for months in reverse order."""
    mistakes = []
    path, api = str(Reference().exposure), Api()
    if path and not Path(path).is_file():
        mistakes.append(f"[Reference] exposure: expected a CSV file, found none at {path}; correct the path.")
    if api.last_month and api.last_month < api.first_month:
        mistakes.append(
            f"[Api] last_month: expected {api.first_month} (first_month) or later, found {api.last_month}; correct it."
        )
    return mistakes


def find_mistakes() -> list[str]:
    """Return mistakes in luigi.cfg, the file of LUIGI_CONFIG_PATH, which may have fewer keys, and options of a run.

    A file that a setting names and that does not exist is a mistake too.
    """
    mistakes = check_file(REPOSITORY / "luigi.cfg")
    if other := os.environ.get("LUIGI_CONFIG_PATH"):
        mistakes += check_file(Path(other), require_all=False)
    mistakes += _invalid_options()
    return mistakes or _contradictions()


def require_valid() -> None:
    """Raise PipelineError with all mistakes in the configuration."""
    if mistakes := find_mistakes():
        raise PipelineError("Mistakes in the configuration:\n" + "\n".join(f"  {mistake}" for mistake in mistakes))
