"""Texts of a bundle for its readers and for repositories: README, notice, citation, deposit and software metadata."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.export.source_archive import LICENSE
from reports.shared.citation import NOTICES, Citation

# Of the software, as in pyproject.toml.
VERSION = "0.1.0"
TITLE = "NTSB aviation accident data"
DESCRIPTION = (
    "Accidents and incidents of aircraft from the databases of the National Transportation Safety Board (NTSB), 1962 "
    "to the present, as one set of tables and views with a data dictionary, reports, and models of severity given an "
    "accident. Every row names the source file and row that it comes from."
)
MADE_UP = "**Made-up sample data: no number here describes real accidents.**\n\n"
KEYWORDS = ("aviation safety", "aviation accidents", "accident investigation", "NTSB", "reproducible research")
PRIVACY = (
    "Names, street addresses and certificate numbers of owners and operators, names of investigators, and the users "
    "who changed a row are left out of this bundle. Narratives are NTSB's text, unchanged."
)


@dataclass(frozen=True)
class Origin:
    """Where a bundle comes from. `sources`: {source, sha256, bytes} of each file."""

    citation: Citation
    snapshot: str
    sources: Sequence[Mapping[str, Any]]

    @property
    def title(self) -> str:
        """Return the title of the release, which says whether it is made up."""
        return f"{'MADE-UP SAMPLE DATA: ' if self.citation.is_made_up else ''}{TITLE}, release {self.citation.release}"

    @property
    def rights(self) -> str:
        """Return the notice in one paragraph."""
        return " ".join((*NOTICES, PRIVACY))


def citation_cff(origin: Origin) -> str:
    """Return CITATION.cff (1.2.0); every value is a JSON string, which YAML contains."""
    values = {
        "cff-version": "1.2.0",
        "title": origin.title,
        "message": "Cite the release and the date of its data with every number.",
        "type": "dataset",
        "version": origin.citation.release,
        "date-released": origin.citation.data_date,
        "doi": origin.citation.doi,
        "repository-code": origin.citation.repository,
        "url": origin.citation.address,
        "license-url": LICENSE["path"],
        "abstract": DESCRIPTION,
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items() if value]
    lines += ["authors:", '  - name: "the contributors of ntsb-pipeline"']
    return "\n".join([*lines, f"keywords: {json.dumps(KEYWORDS)}"]) + "\n"


def zenodo(origin: Origin) -> dict[str, Any]:
    """Return the metadata that Zenodo reads from `.zenodo.json`."""
    return {
        "title": origin.title,
        "upload_type": "dataset",
        "description": f"<p>{DESCRIPTION}</p><p>{origin.rights}</p>",
        "creators": [{"name": "the contributors of ntsb-pipeline"}],
        "keywords": list(KEYWORDS),
        "version": origin.citation.release,
        **({"publication_date": origin.citation.data_date} if origin.citation.data_date else {}),
        "access_right": "open",
        "license": "other-pd",
        "language": "eng",
        "notes": origin.citation.release_text,
        "related_identifiers": [
            {"identifier": identifier, "relation": relation, "scheme": "url"}
            for identifier, relation in (
                ("https://www.ntsb.gov/safety/data/Pages/Data_Stats.aspx", "isDerivedFrom"),
                (origin.citation.repository, "isCompiledBy"),
            )
            if identifier
        ],
    }


def codemeta(origin: Origin) -> dict[str, Any]:
    """Return the description of the software that made the bundle, in the terms of CodeMeta 3.0."""
    return {
        "@context": "https://w3id.org/codemeta/3.0",
        "type": "SoftwareSourceCode",
        "name": "ntsb-pipeline",
        "description": "Builds one PostgreSQL database, severity models and reports from NTSB's accident files.",
        "version": VERSION,
        "license": "https://spdx.org/licenses/MIT",
        "codeRepository": origin.citation.repository,
        "programmingLanguage": ["Python", "SQL"],
        "runtimePlatform": "Python 3.11 or later, PostgreSQL with PostGIS",
        "author": [{"type": "Organization", "name": "the contributors"}],
        "keywords": list(KEYWORDS),
    }


def notice(origin: Origin) -> str:
    """Return the license and data notice."""
    made_up = ["This release contains made-up sample data. Do not cite it.\n"] if origin.citation.is_made_up else []
    paragraphs = [f"{text}\n" for text in (*NOTICES, PRIVACY)]
    code = (
        "The software ntsb-pipeline has the MIT license. The list of airports is that of airportsdata (MIT license).\n"
    )
    return "\n".join(["# License and data notice\n", *made_up, *paragraphs, code])


def readme(origin: Origin, relations: int, rows: int) -> str:
    """Return the README of a bundle with a number of relations and of rows."""
    made_up = MADE_UP * origin.citation.is_made_up
    files = ", ".join(str(file["source"]) for file in origin.sources)
    return f"""# {origin.title}

{made_up}{DESCRIPTION}

Data as of {origin.citation.date}: the newest change in the source files {files} (snapshot {origin.snapshot}).
{relations} tables and views with {rows:,} rows.

| Path | Content |
| --- | --- |
| `ntsb/`, `mart/`, `code_mappings/` | one Parquet file per table (`ntsb`), view (`mart`) and list of codes |
| `audit/` | reviewed corrections: as declared, the values that they changed, and those that were not applied |
| `csv/` | the same as compressed CSV (UTF-8; a missing value is empty, an empty text is `""`) |
| `duckdb/accidents.duckdb` | all of them in one DuckDB file |
| `dictionary.csv`, `dictionary.json` | meaning and unit of every column |
| `reports/index.html` | the reports, which work without a network |
| `model/` | model card, TRIPOD+AI sheet, metrics and files of the severity study |
| `NOTICE.md`, `CITATION.cff` | license and data notice, how to cite |
| `datapackage.json`, `ro-crate-metadata.json`, `croissant.json` | Frictionless, RO-Crate 1.2, Croissant 1.1 |
| `.zenodo.json`, `codemeta.json` | metadata for a deposit, and of the software |
| `manifest.json`, `SHA256SUMS` | size and SHA-256 of every file; `sha256sum --check SHA256SUMS` verifies them |

## Cite
{origin.citation.release_text}

The DOI {origin.citation.doi} is {"that of this release" if origin.citation.has_doi else "a placeholder"}.
## Notice
{origin.rights}
"""
