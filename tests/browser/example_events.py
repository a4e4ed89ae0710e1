"""Synthetic events for the search page and the page on one event."""

from datetime import date
from typing import Any

HOSTILE = "<script>alert('x')</script>"
EVENT = (
    "ev_id ntsb_no ev_type ev_date ev_time ev_clock ev_city ev_state ev_country apt_name position_latitude "
    "position_longitude position_source uncertainty_km light_cond wx_cond_basic ev_highest_injury total_deaths "
    "total_seriously_injured inj_f_grnd inj_s_grnd inj_m_grnd lead mkey case_status case_url docket_status docket_url "
    "report_status report_url lchg_date source_file source_row"
)
AIRCRAFT = (
    "ev_id aircraft_key regis_no acft_make acft_model make model acft_category damage far_part type_fly oper_sched "
    "broad_phase acft_fire acft_expl homebuilt num_eng acft_year total_seats dprt_apt_id dest_apt_id source_file "
    "source_row"
)
COLUMNS = {
    "event/events": EVENT,
    "event/aircraft": AIRCRAFT,
    "event/injuries": "ev_id aircraft_key persons fatal serious minor uninjured",
    "event/sequence": "ev_id aircraft_key occurrence_no code description defining_ev",
    "event/findings": "ev_id aircraft_key number code description role",
    "event/narratives": "ev_id aircraft_key narr_cause narr_accp narr_accf narr_inc",
    "event/flags": "ev_id flag source_column value source_file source_row",
    "event/outlines": "state boundary",
    "event/years": "ev_year events",
    "changes/revisions": "ev_id change release_from release_to table_name column_name old new",
    "search/index": "ev_year ev_id ntsb_no ev_date ev_city place registrations aircraft far_parts severity",
    "search/parts": "code meaning aircraft",
    "search/details": "details_from",
}
DOCKET = "https://data.ntsb.gov/Docket?ProjectID="
OREGON = "POLYGON((-124 42, -117 42, -117 46, -124 46, -124 42))"
# The event with every kind of row, one abroad with hostile text, and one that only the search index has.
FULL, ABROAD, OLD = "20220314104567", "20220315X00002", "PRE1982-000040"


def row(columns: str, **values: Any) -> tuple[Any, ...]:
    """Values in the order of the columns, null where not given."""
    return tuple(values.get(name) for name in columns.split())


def results() -> dict[str, list[tuple[Any, ...]]]:
    """{report/query: rows} with the columns of COLUMNS."""
    source = {"source_file": "avall", "source_row": 7}
    full = row(
        EVENT,
        **{
            "ev_id": FULL,
            "ntsb_no": "WPR22LA118",
            "ev_date": date(2022, 3, 14),
            "ev_city": "Bend",
            "ev_state": "OREGON",
        },
        **{"position_latitude": 44.05, "position_longitude": -121.3, "position_source": "NTSB measured"},
        **{"uncertainty_km": 23.0, "lead": "NTSB", "mkey": 104567, "case_status": "unknown", "total_deaths": 1},
        **{"docket_status": "expected", "docket_url": f"{DOCKET}104567", "report_status": "unknown"},
        **source,
    )
    states = {f"{name}_status": "none" for name in ("case", "docket", "report")}
    abroad = row(
        EVENT,
        ev_id=ABROAD,
        ev_date=date(2022, 3, 15),
        ev_city=HOSTILE,
        ev_country="CA",
        lead="FOREIGN",
        **states,
        **source,
    )
    aircraft = {"aircraft_key": 1, "regis_no": "N123AB", "acft_make": "Cessna", "acft_model": "172", **source}
    return {
        "event/events": [full, abroad],
        "event/aircraft": [
            row(AIRCRAFT, ev_id=FULL, **aircraft),
            row(AIRCRAFT, ev_id=ABROAD, **aircraft | {"regis_no": "C-FABC"}),
        ],
        "event/injuries": [(FULL, 1, "crew", 1, None, None, None)],
        "event/sequence": [(FULL, 1, 1, "350240", "Climb Loss of control", True)],
        "event/findings": [(FULL, 1, 1, "0101", f"Aircraft {HOSTILE}", "cause")],
        "event/narratives": [(FULL, 1, "The pilot's failure.", "First line.\r\nSecond line.", None, None)],
        "event/flags": [(FULL, "city_padded", "events.ev_city", "Bend ", "avall", 7)],
        "event/outlines": [("OR", OREGON)],
        "event/years": [(2022, 2), (1975, 1)],
        "changes/revisions": [(FULL, 2, "0a1b2c3d4e5f", "5f0c2a9be1d3", "events", "ev_city", "Bnd", "Bend")],
        "search/index": [
            (1975, OLD, None, date(1975, 1, 2), "TROY", "NY", "N99XY", "PIPER PA-28", None, "NONE"),
            (2022, FULL, "WPR22LA118", date(2022, 3, 14), "Bend", "OR", "N123AB", "Cessna 172", "091", "FATL"),
            (2022, ABROAD, None, date(2022, 3, 15), HOSTILE, "CA", "C-FABC", "Cessna 172", "NUSN", None),
        ],
        "search/parts": [("091", "Part 91: General Aviation", 1), ("NUSN", None, 1)],
        "search/details": [(date(2000, 1, 1),)],
    }
