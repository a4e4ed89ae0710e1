"""Which reports there are: one folder each, described by its `report.toml`. Imports no charts: asking is cheap."""

import importlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from reports.shared.data import Context, Inputs

SHARED_FOLDER = Path(__file__).parent
FOLDER = SHARED_FOLDER.parent
# Python is found by itself: what a page's builder imports.
SHARED = (".html", ".css", ".js")


@dataclass(frozen=True)
class ReportSpec:
    """One report. `summary` is its line in the index; `needs_study` asks for the study's JSON in its Inputs.

    `shared_queries` names files of reports/queries that it asks besides its own.
    """

    name: str
    title: str
    summary: str
    position: int
    needs_study: bool
    folder: Path
    shared_queries: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """The page's name beside the others."""
        return f"{self.name}.html"

    @property
    def builder(self) -> str:
        """The module that builds it."""
        return f"reports.{self.name}.report"

    @property
    def queries(self) -> dict[str, Path]:
        """{query name: SQL file}, sorted."""
        own = {path.stem: path for path in self.folder.glob("queries/*.sql")}
        shared = {name: SHARED_FOLDER / "queries" / f"{name}.sql" for name in self.shared_queries}
        return dict(sorted((own | shared).items()))

    def files(self) -> list[Path]:
        """Every file that decides the page: the folder's own and those all reports share."""
        own = [path for path in self.folder.rglob("*") if path.is_file() and path.suffix in (*SHARED, ".sql", ".toml")]
        shared = [path for path in SHARED_FOLDER.iterdir() if path.suffix in SHARED]
        return sorted({*own, *shared, *self.queries.values()})

    def build(self, inputs: Inputs, context: Context) -> str:
        """The page's HTML."""
        return str(importlib.import_module(self.builder).build(inputs, context))


def read_report(folder: Path) -> ReportSpec:
    """The report of one folder; a key that is missing or unknown in report.toml is an error."""
    said = tomllib.loads((folder / "report.toml").read_text(encoding="utf-8"))
    expected = {"title", "summary", "position", "needs_study"}
    shared = tuple(said.pop("shared_queries", ()))
    if set(said) != expected:
        raise ValueError(
            f"{folder.name}/report.toml must hold exactly {sorted(expected)}, and shared_queries where it has some, "
            f"found: {sorted(said)}"
        )
    return ReportSpec(name=folder.name, folder=folder, shared_queries=shared, **said)


ALL = tuple(
    sorted(
        (read_report(path.parent) for path in FOLDER.glob("*/report.toml")), key=lambda spec: (spec.position, spec.name)
    )
)
REPORTS: dict[str, ReportSpec] = {spec.name: spec for spec in ALL if spec.name != "index"}
INDEX = next(spec for spec in ALL if spec.name == "index")


def pages() -> tuple[tuple[str, str], ...]:
    """(file name, title) of every page, the index first: the navigation."""
    return tuple((spec.file_name, spec.title) for spec in (INDEX, *REPORTS.values()))
