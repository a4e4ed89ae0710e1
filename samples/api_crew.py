"""Crew members of an aircraft of a case, with their flight times."""

from collections.abc import Mapping, Sequence

from samples.api_texts import Case, Row, Texts, answer, day

RATINGS = {
    "pilotCertificates": "crew_cert_code",
    "pilotRatingForAirplanes": "crew_rat_airpln",
    "pilotRatingsForInstruments": "crew_rat_instrum",
}


def crew_of(crew: Row, rows: Mapping[str, Sequence[Row]], texts: Texts) -> Case:
    """Return one crew member. `rows`: rows of its aircraft by table."""
    details, times = (
        [row for row in rows.get(table, []) if row["crew_no"] == crew["crew_no"]]
        for table in ("dt_Flight_Crew", "flight_time")
    )
    return {
        "crewOccupantNumber": crew["crew_no"],
        **_person(crew, texts),
        **{name: _ratings(details, column, texts) for name, column in RATINGS.items()},
        **_medical(crew, texts),
        **_restraints(crew, texts),
        "pilotsFlightTimeMatrix": [_time(row, texts) for row in times],
        "flightTimeSummary": [
            {"estimated": False, "incomplete": not times, "flightTimesAsofDate": day(crew.get("ft_as_of"))}
        ],
    }


def _person(crew: Row, texts: Texts) -> Case:
    return {
        "crewCategory": texts("Flight_Crew", "crew_category", crew.get("crew_category")),
        "age": crew.get("crew_age"),
        "sex": texts("Flight_Crew", "crew_sex", crew.get("crew_sex")),
        "injuryLevel": texts("Flight_Crew", "crew_inj_level", crew.get("crew_inj_level")),
        "pilotFlying": crew.get("pilot_flying"),
        "seatOccupied": texts("Flight_Crew", "seat_occ_pic", crew.get("seat_occ_pic")),
        "rowNumber": crew.get("seat_occ_row"),
        "dateOfLastFlightReview": day(crew.get("bfr_date")),
        "occupationalPilot": texts("Flight_Crew", "pc_profession", crew.get("pc_profession")),
        "faaUniqueId": None,
        "toxicologyPerformed": answer(crew.get("crew_tox_perf")),
    }


def _ratings(details: Sequence[Row], column: str, texts: Texts) -> list[str | None]:
    """Return the texts of a multi-valued column; a code for none is in a column of its own, whose name ends with 0."""
    codes = [row["code"] for row in details if row["col_name"] in (column, f"{column}0")]
    return ["None" if code == "NONE" else texts("dt_Flight_Crew", column, code) for code in codes]


def _medical(crew: Row, texts: Texts) -> Case:
    columns = {
        "medicalCertificate": "med_certf",
        "medicalCertificateStatus": "med_crtf_vldty",
        "mostRecentFaaMedicalCertificate": "mr_faa_med_certf",
    }
    return {name: texts("Flight_Crew", column, crew.get(column)) for name, column in columns.items()} | {
        "medicalCertLimitations": crew.get("med_crtf_limit")
    }


def _restraints(crew: Row, texts: Texts) -> Case:
    columns = {
        "restraintUsed": "restraint_used",
        "availableRestraintType": "available_restraint",
        "childRestraint": "child_restraint",
        "inflatableRestraintInstalled": "infl_rest_inst",
        "inflatableRestraintDeployed": "infl_rest_depl",
    }
    return {name: texts("Flight_Crew", column, crew.get(column)) for name, column in columns.items()}


def _time(row: Row, texts: Texts) -> Case:
    return {
        "flightTimeType": texts("flight_time", "flight_type", row["flight_type"]),
        "flightTimeCraft": texts("flight_time", "flight_craft", row["flight_craft"]),
        "flightHours": row.get("flight_hours"),
    }
