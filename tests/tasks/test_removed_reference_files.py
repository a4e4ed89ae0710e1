"""Without a reference file, exactly its mapping table, the views over it and the pages that show them change."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.running import Workspace, copy_repository
from tests.tasks.conftest import Graph, downstream, graph_of

FOLDER = Path("pipeline/sources/reference")
FAMILIES = {"aircraft_families", "aircraft_family_conflicts", "aircraft_family_coverage"}
AIRPORTS = {"clean_airports", "clean_airport_codes", "airport_matches", "derived_positions", "event_positions"}
AIRPORTS |= {"event_times", "location_coverage", "accident_positions", "accident_clusters"}
# A report of the weather is near the position at the time that the airports give.
AIRPORTS |= {"weather_matches", "weather_coverage"}
RATES = {"exposure_accidents", "mv_rates"}
# {file: (mapping table, views, pages)}
FILES = {
    "exposure.csv": ("flight_activity", RATES | {"exposure"}, {"rates", "operations"}),
    "rate_populations.csv": ("rate_population", RATES, {"rates", "operations", "reconciliation"}),
    "exposure_classes.csv": (
        "exposure_class",
        RATES | {"rate_accidents", "reconciliation"},
        {"rates", "operations", "reconciliation"},
    ),
    "aircraft_families.csv": (
        "aircraft_family_rule",
        FAMILIES | {"name_families"},
        {"harmonization", "types", "severity"},
    ),
    "aircraft_classes.csv": ("aircraft_class", FAMILIES, {"harmonization", "types", "severity"}),
    "airports.csv": ("airports", AIRPORTS, {"places", "event", "severity"}),
    "unlisted_airports.csv": ("unlisted_airports", AIRPORTS, {"places", "event"}),
}
# They describe the release as a whole: its relations, checks and pages.
OF_RELEASE = {"dictionary", "index", "quality"}


def names(tasks: set[str], family: str) -> set[str]:
    """The names of the tasks of a family."""
    return {match[1] for task in tasks if (match := re.match(rf"{family}\(.*\bname=(\w+)", task))}


def test_without_any_reference_file_exactly_what_uses_one_changes(
    built: Workspace, graph: Graph, tmp_path: Path
) -> None:
    workspace = replace(built, repository=copy_repository(tmp_path / "repository"))
    for name in FILES:
        (workspace.repository / FOLDER / name).unlink()
    assert not list((workspace.repository / FOLDER).glob("*.csv"))
    after = graph_of(workspace)
    changed = {task for task in graph if after[task]["fingerprint"] != graph[task]["fingerprint"]}
    assert changed == downstream(graph, *(f"LoadMappingTable(name={table})" for table, _, _ in FILES.values()))


@pytest.mark.parametrize("name", FILES)
def test_a_reference_file_determines_exactly_its_views_and_pages(graph: Graph, name: str) -> None:
    table, views, pages = FILES[name]
    load = f"LoadMappingTable(name={table})"
    assert [task for task in graph if str(FOLDER / name) in graph[task]["source_files"]] == [load]
    changed = downstream(graph, load)
    assert names(changed, "CreateView") == views
    assert names(changed, "RenderReport") == pages | OF_RELEASE
    # The study has features of some; NTSB's values depend on no reference file.
    assert any(task.startswith("TrainSeverityModel(") for task in changed) == ("severity" in pages)
    assert not [task for task in changed if task.startswith("MergeTable(")]
