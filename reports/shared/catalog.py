"""The list of reports: one folder each, described by its `report.toml`."""

import importlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from reports.shared.data import Context, Inputs

SHARED_FOLDER = Path(__file__).parent
FOLDER = SHARED_FOLDER.parent
# Page sources that are not Python. Imported Python modules enter the fingerprint of a page by themselves.
ASSET_SUFFIXES = (".html", ".css", ".js")
REQUIRED_KEYS = ("title", "summary", "position", "needs_study")
OPTIONAL_KEYS = ("shared_queries", "reads_catalog", "has_data")


@dataclass(frozen=True)
class ReportSpec:
    """One report, as described by its report.toml.

    `summary` is the description shown on the start page; pages are ordered by `position`. If `needs_study`,
    `Inputs.study` holds the metrics of the severity study. `shared_queries` names files in reports/shared/queries that
    the page uses in addition to its own queries. `reads_catalog`: the page shows all published relations. `has_data`:
    its module has a function `data_files`, whose files the page loads from the folder that has the report's name.
    """

    name: str
    title: str
    summary: str
    position: int
    needs_study: bool
    folder: Path
    shared_queries: tuple[str, ...] = ()
    reads_catalog: bool = False
    has_data: bool = False

    @property
    def file_name(self) -> str:
        """Return the file name of the HTML page."""
        return f"{self.name}.html"

    @property
    def builder(self) -> str:
        """Return the name of the module whose `build` function renders the page."""
        return f"reports.{self.name}.report"

    @property
    def queries(self) -> dict[str, Path]:
        """Return {query name: SQL file}, sorted by name."""
        own = {path.stem: path for path in self.folder.glob("queries/*.sql")}
        shared = {name: SHARED_FOLDER / "queries" / f"{name}.sql" for name in self.shared_queries}
        return dict(sorted((own | shared).items()))

    @property
    def relations(self) -> set[str]:
        """Return the names of the relations that the queries read, by the first line of each."""
        firsts = (path.read_text(encoding="utf-8").partition("\n")[0] for path in self.queries.values())
        return {name.strip() for first in firsts for name in first.removeprefix("-- needs:").split(",")}

    def files(self) -> list[Path]:
        """Return the files other than Python that determine the page: the report's own and the shared ones, sorted.

        A page about all relations also shows which pages read them.
        """
        suffixes = (*ASSET_SUFFIXES, ".sql", ".toml")
        own = [path for path in self.folder.rglob("*") if path.is_file() and path.suffix in suffixes]
        shared = [path for path in SHARED_FOLDER.iterdir() if path.suffix in ASSET_SUFFIXES]
        others = [*FOLDER.glob("*/report.toml"), *FOLDER.glob("*/queries/*.sql")] if self.reads_catalog else []
        return sorted({*own, *shared, *others, *self.queries.values()})

    def build(self, inputs: Inputs, context: Context) -> str:
        """Return the page as HTML text."""
        return str(importlib.import_module(self.builder).build(inputs, context))

    def data_files(self, inputs: Inputs) -> dict[str, bytes]:
        """Return {file name: content} of the data that the page loads."""
        return dict(importlib.import_module(self.builder).data_files(inputs))


def read_report(folder: Path) -> ReportSpec:
    """Return the report in a folder. Raises ValueError that lists every missing or unknown key of report.toml."""
    values = tomllib.loads((folder / "report.toml").read_text(encoding="utf-8"))
    problems = [f"missing {key}" for key in REQUIRED_KEYS if key not in values]
    problems += [f"unknown {key}" for key in sorted(set(values) - {*REQUIRED_KEYS, *OPTIONAL_KEYS})]
    if problems:
        raise ValueError(
            f"{folder.name}/report.toml: expected the keys {', '.join(REQUIRED_KEYS)} and optionally "
            f"{', '.join(OPTIONAL_KEYS)}, found {', '.join(problems)}; correct the file"
        )
    shared = tuple(values.pop("shared_queries", ()))
    return ReportSpec(name=folder.name, folder=folder, shared_queries=shared, **values)


ALL = tuple(
    sorted(
        (read_report(path.parent) for path in FOLDER.glob("*/report.toml")), key=lambda spec: (spec.position, spec.name)
    )
)
REPORTS: dict[str, ReportSpec] = {spec.name: spec for spec in ALL if spec.name != "index"}
INDEX = next(spec for spec in ALL if spec.name == "index")


def pages_reading(relation: str) -> list[ReportSpec]:
    """Return the reports whose queries read a relation, in the order of pages."""
    return [spec for spec in ALL if relation in spec.relations]


def pages() -> tuple[tuple[str, str], ...]:
    """Return (file name, title) of every page for the navigation, start page first."""
    return tuple((spec.file_name, spec.title) for spec in (INDEX, *REPORTS.values()))
