"""Synthetic query results for the harmonization and the reconciliation pages."""

from typing import Any

HOSTILE = "<script>alert('x')</script>"
ERAS = ("pre1982", "pre2008", "avall")
# Queries of the harmonization page that the quality page also uses.
SHARED = ("coverage", "codes")

COLUMNS = {
    "harmonization/coverage": "field era basis times times_unknown",
    "harmonization/answers": "field era value times",
    "harmonization/yearly": "field ev_year value times",
    "harmonization/codes": "relation field codes uses codes_explained uses_explained codes_by_supplement unexplained",
    "harmonization/names": "era aircraft make_exact make_alias make_none make_missing "
    "model_exact model_alias model_none model_missing",
    "harmonization/families": "era homebuilt aircraft with_name with_family class_by_rule class_by_characteristics "
    "without_class ambiguous conflicting",
    "harmonization/implicit_no": "table_name column_name era times_yes times_no_or_missing times_missing "
    "has_explicit_yes",
    "quality/unmapped": "field code_list code times",
    "reconciliation/figures": "series item measure published release_count source as_of definition note "
    "unknown_operation unknown_registration unknown_deaths year_end",
    "reconciliation/definitions": "definition accidents source",
}


def results() -> dict[str, list[tuple[Any, ...]]]:
    """{report/query: rows} with the columns of COLUMNS."""
    bases = ("exact", "close", "none", "unmapped", "missing")
    return {
        "harmonization/coverage": [
            (field, era, basis, 900 // (n + 1), 3 * n)
            for field in ("damage", "phase")
            for era in ERAS
            for n, basis in enumerate(bases)
        ],
        "harmonization/answers": [
            (field, era, value, 300)
            for field in ("damage", "phase")
            for value in ("ENROUTE", HOSTILE, None)
            for era in ERAS
            if value or era != "avall"
        ],
        "harmonization/yearly": yearly(),
        "harmonization/codes": [
            ("tblfirsthalf", "TYPE_CRAFT", 4, 900, 4, 900, 1, None),
            ("tbloccurrences", "ACCIDENT_TYPE", 40, 900, 20, 450, 0, ", ".join(f"Q{n}" for n in range(20))),
        ],
        "harmonization/names": [(era, 1000, 800, 100, 90, 10, 500, 200, 250, 50) for era in ERAS],
        "harmonization/families": [
            (era, homebuilt, 1000, 950, 900, 880, 100, 20, 3, 7) for era in ERAS for homebuilt in ("N", "UNKNOWN", "Y")
        ],
        "harmonization/implicit_no": [
            ("aircraft", "unmanned", "avall", 12, 900, 0, True),
            ("aircraft", "unmanned", "pre2008", 0, 900, 0, False),
        ],
        "quality/unmapped": [("damage", "avall", HOSTILE, 4), ("phase", "pre1982", "Q7", 2)],
        "reconciliation/figures": counts(0.01),
        "reconciliation/definitions": [
            ("ntsb_general_aviation", "accidents in the United States", "NTSB, table 10"),
            ("ntsb_part_121", "accidents anywhere", "NTSB, table 5"),
        ],
    }


def yearly() -> list[tuple[Any, ...]]:
    """Values by year: phase has more values than are drawn separately and spans all eras; damage starts in 1982."""
    values = ("ENROUTE", HOSTILE, "LANDING", "TAKEOFF", "TAXI", "OTHER", "UNK", None)
    rows: list[tuple[Any, ...]] = [
        ("phase", year, value, 90 // (n + 1)) for year in (1980, 1981, 1982, 2020) for n, value in enumerate(values)
    ]
    return [*rows, ("phase", None, None, 3), ("damage", 1982, "SUBS", 3)]


def counts(share: float) -> list[tuple[Any, ...]]:
    """Published counts, and counts of a release that contains `share` of them."""
    published = [
        *(("era", era, "aircraft" if era == "pre1982" else "events", 60000) for era in ERAS),
        *(("year", str(year), "events", 3000) for year in (1982, 1983, 1990, 2020)),
        *(("state", "CA", "events", 9000), ("make", HOSTILE, "aircraft", 900)),
    ]
    same_files = [
        (*row, round(share * row[3]), "A synthetic source", "2026-04", None, None, *[None] * 4) for row in published
    ]
    source = ("NTSB, a synthetic press release", "1991-04-01")
    rests = {year: ("ntsb_general_aviation", note, 4, 2, 0, 1) for year, note in ((1980, None), (1990, "preliminary"))}
    return [
        *same_files,
        *(
            (
                "general aviation",
                str(year),
                measure,
                figure,
                None if year < 1982 else round(share * figure),
                *source,
                *rest,
            )
            for year, rest in rests.items()
            for measure, figure in (("accidents", 2242), ("fatal accidents", 444), ("deaths", 770))
        ),
        ("part 121", "1990", "accidents", 24, 24, *source, "ntsb_part_121", None, 0, 0, 0, 0),
    ]
