"""Settings of the pipeline: a class of typed, bounded parameters per section of luigi.cfg, and the output folders.

Settings that cannot change a result (addresses, folders, passwords, worker counts) are `significant=False` and are not
part of fingerprints.
Environment variables take precedence over luigi.cfg: `NTSB_STORE` (folder for all output), `NTSB_SOURCES` (folder or
URL with the zips, or `api`), `NTSB_DATABASE_URL`, `NTSB_DATABASE_OWNER_URL` and `NTSB_TEST_LEDGER` (see
`evaluation_ledger`). The key of NTSB's API is in `NTSB_API_KEY` only.

config_check.py checks luigi.cfg against these classes: unknown keys, missing keys and invalid values are errors.
"""

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

from pipeline.errors import PipelineError, printable

REPOSITORY = Path(__file__).resolve().parent.parent
SQL = REPOSITORY / "pipeline" / "sql"


def store_folder() -> Path:
    """Return the root folder of all output: NTSB_STORE, else the repository.

    Raises PipelineError for a path with line breaks, which PostgreSQL rejects, or not in UTF-8, which MLflow rejects.
    """
    folder = Path(os.environ.get("NTSB_STORE") or REPOSITORY).resolve()
    if re.search("[\n\r\ud800-\udfff]", str(folder)):
        raise PipelineError(
            f"The store: expected a path in UTF-8 without line breaks, found {printable(str(folder))}; "
            "choose another folder with NTSB_STORE."
        )
    return folder


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
    """A month as YYYY-MM, or an empty string."""

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
    registry = luigi.Parameter(significant=False)
    weather = luigi.Parameter(significant=False)


class Corrections(luigi.Config):
    """Reviewed corrections of published values."""

    folder = luigi.Parameter(significant=False)

    def resolved_folder(self) -> Path:
        """Return the folder with the files; a relative path starts in the repository."""
        return REPOSITORY / str(self.folder)


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
        """Return the URL for publication: NTSB_DATABASE_OWNER_URL, else `owner_url`, else `external_url`."""
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
    masked_block_share = Positive(left_op=operator.le, max_value=1)
    masked_judgment_share = Positive(left_op=operator.le, max_value=1)
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
    min_type_aircraft = Integer(min_value=10, max_value=1_000_000)
    min_type_aircraft_made_up = Integer(min_value=10, max_value=1_000_000)


class Citation(luigi.Config):
    """What pages and bundles say about where they are published."""

    address = luigi.Parameter()
    repository = luigi.Parameter()
    doi = luigi.Parameter()


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


class Dynamodb(luigi.Config):
    """Publication to DynamoDB; credentials come from the environment or a role."""

    endpoint = luigi.Parameter(significant=False)
    region = luigi.Parameter(significant=False)
    prefix = luigi.Parameter(significant=False)
    billing = luigi.ChoiceParameter(choices=["on-demand", "provisioned"], significant=False)
    read_units = Integer(min_value=1, max_value=1_000_000, significant=False)
    write_units = Integer(min_value=1, max_value=1_000_000, significant=False)
    encryption_key = luigi.Parameter(significant=False)
    point_in_time_recovery = luigi.BoolParameter(parsing=luigi.BoolParameter.EXPLICIT_PARSING, significant=False)
    concurrency = Integer(min_value=1, max_value=100, significant=False)
    attempts = Integer(min_value=1, max_value=100, significant=False)
    backoff_s = Positive(max_value=60, significant=False)
    poll_s = Positive(max_value=600, significant=False)
    index_timeout_s = Positive(max_value=604_800, significant=False)
    reader_refresh_s = Positive(left_op=operator.le, max_value=86_400, significant=False)
    usd_per_million_writes = Positive(left_op=operator.le, max_value=1000, significant=False)
    usd_per_million_reads = Positive(left_op=operator.le, max_value=1000, significant=False)
    max_unconfirmed_usd = Positive(left_op=operator.le, max_value=1_000_000, significant=False)


# Names of environment variables.
ADDRESS_VARIABLE = re.compile(r"(URL|URI|DSN|SOURCES|PROXY)$", re.IGNORECASE)
SECRET_VARIABLE = re.compile(r"(PASSWORD|PASSWD|TOKEN|SECRET|API_KEY|ACCESS_KEY)$", re.IGNORECASE)


def addresses() -> tuple[str, ...]:
    """Return what may contain credentials, for redaction: addresses in variables, settings and arguments, passwords."""
    parser = luigi.configuration.get_config()
    settings = [text for section in parser.sections() for _, text in parser.items(section, raw=True)]
    variables = [text for name, text in os.environ.items() if ADDRESS_VARIABLE.search(name)]
    texts = [
        text for text in (*variables, *settings, *sys.argv) if re.search("://|@|password|pwd", text, re.IGNORECASE)
    ]
    secrets = [text for name, text in os.environ.items() if SECRET_VARIABLE.search(name) and len(text) >= 6]
    quoted = [text.replace("\\", "\\\\").replace("'", "\\'") for text in secrets]
    return tuple(dict.fromkeys([*texts, *(f"password='{text}'" for text in quoted)]))


SECTIONS: tuple[type[luigi.Config], ...] = (
    Sources,
    Api,
    Reference,
    Corrections,
    Postgres,
    Checks,
    Publication,
    Severity,
    Training,
    Operations,
    Notifications,
    Reporting,
    Citation,
    Serving,
    Dynamodb,
)

_luigi_settings = luigi.configuration.get_config()
# Luigi reads the file of the current folder, which may be any folder.
_luigi_settings.read([REPOSITORY / "luigi.cfg", os.environ.get("LUIGI_CONFIG_PATH", "")])
# The pipeline has its own lock, in the store: Luigi's is a folder in /tmp with a predictable name.
_luigi_settings.set("core", "no_lock", "true")
