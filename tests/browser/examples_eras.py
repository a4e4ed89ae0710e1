"""Made-up answers for the queries of the pages on eras: the common language and the reconciliation."""

from typing import Any

HOSTILE = "<script>alert('x')</script>"
ERAS = ("pre1982", "pre2008", "avall")
# Queries of the page on language that the page on quality asks too.
SHARED = ("coverage", "codes")

COLUMNS = {
    "harmonization/coverage": "field era basis times times_unknown",
    "harmonization/answers": "field era value times",
    "harmonization/yearly": "field ev_year value times",
    "harmonization/codes": "relation field codes uses codes_explained uses_explained codes_by_supplement unexplained",
    "harmonization/names": "era aircraft make_exact make_alias make_none make_missing model_exact model_alias model_none "
    "model_missing",
    "harmonization/implicit_no": "table_name column_name era times_yes times_no_or_missing times_missing has_explicit_yes",
    "quality/unmapped": "field code_list code times",
    "reconciliation/figures": "series item measure published ours source",
}


def answers() -> dict[str, list[tuple[Any, ...]]]:
    """{report/query: rows} with the columns of COLUMNS."""
    bases = ("exact", "close", "none", "unmapped", "missing")
    return {
        "harmonization/coverage": [
            (field, era, basis, 900 // (at + 1), 3 * at)
            for field in ("damage", "phase")
            for era in ERAS
            for at, basis in enumerate(bases)
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
            ("tbloccurrences", "ACCIDENT_TYPE", 40, 900, 20, 450, 0, ", ".join(f"Q{at}" for at in range(20))),
        ],
        "harmonization/names": [(era, 1000, 800, 100, 90, 10, 500, 200, 250, 50) for era in ERAS],
        "harmonization/implicit_no": [
            ("aircraft", "unmanned", "avall", 12, 900, 0, True),
            ("aircraft", "unmanned", "pre2008", 0, 900, 0, False),
        ],
        "quality/unmapped": [("damage", "avall", HOSTILE, 4), ("phase", "pre1982", "Q7", 2)],
        "reconciliation/figures": figures(0.01),
    }


def yearly() -> list[tuple[Any, ...]]:
    """One field with more values than are drawn apart, over all eras; the other from 1982 on."""
    values = ("ENROUTE", HOSTILE, "LANDING", "TAKEOFF", "TAXI", "OTHER", "UNK", None)
    rows: list[tuple[Any, ...]] = [
        ("phase", year, value, 90 // (at + 1)) for year in (1980, 1981, 1982, 2020) for at, value in enumerate(values)
    ]
    return [*rows, ("phase", None, None, 3), ("damage", 1982, "SUBS", 3)]


def figures(share: float) -> list[tuple[Any, ...]]:
    """Published figures, and a release that holds that share of them."""
    published = [
        *(("era", era, "aircraft" if era == "pre1982" else "events", 60000) for era in ERAS),
        *(("year", str(year), "events", 3000) for year in (1982, 1983, 2020)),
        *(("state", "CA", "events", 9000), ("make", HOSTILE, "aircraft", 900)),
        ("general aviation", "1990", "accidents", 2242),
    ]
    rows: list[tuple[Any, ...]] = [(*row, round(share * row[3]), "A list that was made up") for row in published]
    return [*rows, ("air carriers", "1990", "deaths", 39, None, "A list that was made up")]
