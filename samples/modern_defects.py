"""Kinds of defects planted in files since 1982, as they occur in NTSB's files."""

from datetime import datetime

from samples.defects import Defects, Row

ORPHANED = (
    *("aircraft", "engines", "injury", "Flight_Crew", "flight_time", "narratives"),
    *("dt_aircraft", "dt_events", "dt_Flight_Crew", "NTSB_Admin"),
)


def plant_modern(defects: Defects, legacy: bool) -> None:
    """Plant every kind at least once; `legacy`: file with codes used until 2007."""
    plant_times(defects, legacy)
    plant_coordinates(defects)
    plant_events(defects)
    plant_aircraft(defects)
    plant_people(defects)
    plant_texts(defects)
    (plant_legacy_codes if legacy else plant_codes)(defects)
    plant_rows(defects)


def plant_times(defects: Defects, legacy: bool) -> None:
    """Plant impossible times and dates."""
    defects.set_column("ev_time_invalid", "events", "ev_time", (2561, 1275, 9999, 2400, -5), 2)
    defects.set_column("wx_obs_time_invalid", "events", "wx_obs_time", (2561, 1299, -1), 2)
    defects.modify("ev_year_mismatch", "events", lambda row: {"ev_year": row["ev_year"] + 1})
    defects.set_column("ev_date_missing", "events", "ev_date", (None,))
    day = datetime(1974, 6, 15) if legacy else datetime(2099, 12, 31)
    moved: Row = {"ev_date": day, "ev_year": day.year, "ev_month": day.month}
    defects.modify("ev_date_before_1982" if legacy else "ev_date_in_future", "events", lambda row: moved)


def plant_coordinates(defects: Defects) -> None:
    """Plant coordinates that are out of range, have the wrong sign, are zero or malformed."""

    def located(row: Row) -> bool:
        return row["ev_country"] == "USA" and "dec_latitude" in row

    def flipped(row: Row) -> Row:
        return {"dec_longitude": -row["dec_longitude"]}

    wrong_north = defects.sampler.choice((4603.0, 36940.21, 41370104.0))
    wrong_east = defects.sampler.choice((-894627.0, 1190.5, -999.0))
    defects.modify("latitude_out_of_range", "events", lambda row: {"dec_latitude": wrong_north}, 1, located)
    defects.modify("longitude_out_of_range", "events", lambda row: {"dec_longitude": wrong_east}, 1, located)
    defects.modify("longitude_sign_flipped", "events", flipped, 2, located)
    defects.modify("coordinates_zero", "events", lambda row: {"dec_latitude": 0.0, "dec_longitude": 0.0}, 2, located)
    bad = defects.sampler.choice(("       ", "93;3710", "99:9:9N", "381326n"))
    defects.modify("latitude_text_malformed", "events", lambda row: {"latitude": bad}, 1, located)


def plant_events(defects: Defects) -> None:
    """Plant wrong codes, counts and numbers in events."""
    first = defects.tables["events"][0]["ntsb_no"]
    defects.set_column("state_code_unknown", "events", "ev_state", ("ZZ", "XX", "Q1"), 2)
    defects.set_column("light_code_unknown", "events", "light_cond", ("TWIL", "dayl", "UNKN"))
    defects.set_column("wx_code_variant", "events", "wx_cond_basic", ("UNK", "vmc", "XYZ"))
    defects.modify("city_padded", "events", lambda row: {"ev_city": row["ev_city"] + "   "}, 2)
    wrong: Row = {"ev_highest_injury": "NONE"}
    defects.modify("highest_injury_mismatch", "events", lambda row: wrong, 2, lambda row: row["inj_tot_f"] > 0)
    defects.modify("injury_total_mismatch", "events", lambda row: {"inj_tot_t": row["inj_tot_t"] + 3}, 2)
    defects.set_column("temperature_sentinel", "events", "wx_temp", (149, 999))
    defects.set_column("wind_speed_absurd", "events", "wind_vel_kts", (255, 199))
    defects.set_column("ntsb_no_missing", "events", "ntsb_no", (None,))
    defects.modify(
        "ntsb_no_duplicate", "events", lambda row: {"ntsb_no": first}, 1, lambda row: row["ntsb_no"] != first
    )


def plant_aircraft(defects: Defects) -> None:
    """Plant wrong values in aircraft and engines."""
    defects.set_column("damage_code_unknown", "aircraft", "damage", ("XXXX", "subs", "UNKT"))
    defects.set_column("far_part_unknown", "aircraft", "far_part", ("999", "91", "O91"))
    defects.set_column("category_code_unknown", "aircraft", "acft_category", ("SPAC", "air", "    "))
    defects.set_column("make_padded_or_cased", "aircraft", "acft_make", ("cessna", "PIPER   ", " BEECH", "CeSsNa"), 2)
    defects.set_column("engine_count_absurd", "aircraft", "num_eng", (18, 99))
    defects.set_column("inspection_date_default", "aircraft", "date_last_insp", (datetime(2000, 1, 2),))
    defects.set_column("inspection_after_event", "aircraft", "date_last_insp", (datetime(2031, 5, 5),))
    defects.set_column("aircraft_year_absurd", "aircraft", "acft_year", (0, 20055, 1066))
    defects.set_column("engine_type_padded", "engines", "eng_type", ("REC ", "TF  "))


def plant_people(defects: Defects) -> None:
    """Plant wrong values in crew, flight time and injury rows."""
    defects.set_column("crew_age_absurd", "Flight_Crew", "crew_age", (0, 137, 255, 1), 2)
    defects.set_column("medical_code_unknown", "Flight_Crew", "med_certf", ("CLX", "3RD", "cl3"))
    defects.set_column("flight_hours_negative", "flight_time", "flight_hours", (-1.0, -250.0))
    defects.set_column("flight_hours_absurd", "flight_time", "flight_hours", (999999.0, 123456.0))
    defects.set_column("injury_count_negative", "injury", "inj_person_count", (-1,))


def plant_texts(defects: Defects) -> None:
    """Plant narratives with an import artifact, encoding errors, or an empty string."""

    def broken(row: Row) -> Row:
        # Bytes of another code page, UTF-8 decoded as Latin-1, a control character.
        return {"narr_cause": (row["narr_cause"] or "") + " The pilot\x92s cafÃ© bill \u2026 see docket\x07."}

    defects.set_column("narrative_import_literal", "narratives", "narr_accp", ("import",))
    defects.modify("narrative_mojibake", "narratives", broken)
    defects.set_column("narrative_empty_string", "narratives", "narr_accp", ("",), 2)


def plant_codes(defects: Defects) -> None:
    """Plant wrong codes of the coding system used since 2008."""
    defects.set_column("sequence_code_unknown", "Events_Sequence", "Occurrence_Code", ("999999", "552ABC"))
    defects.set_column("sequence_code_mismatch", "Events_Sequence", "phase_no", ("850",))
    defects.set_column("finding_code_malformed", "Findings", "finding_code", ("02063040", "XX"))
    defects.append_copies("finding_duplicate", "Findings", lambda _, row: {"finding_no": row["finding_no"] + 50})


def plant_legacy_codes(defects: Defects) -> None:
    """Plant wrong codes of the coding system used until 2007."""
    defects.set_column("occurrence_code_unknown", "Occurrences", "Occurrence_Code", (999, 0))
    defects.set_column("subject_code_unknown", "seq_of_events", "Subj_Code", (99999, 12), 2)
    defects.append_copies("seq_row_duplicate", "seq_of_events", lambda _, row: {}, 2)


def plant_rows(defects: Defects) -> None:
    """Plant duplicate rows and rows without a parent."""

    def without_event(number: int, row: Row) -> Row:
        return {"ev_id": f"1999{number + 1:02d}01X9{number:04d}"}

    defects.append_copies("admin_row_duplicate", "NTSB_Admin", lambda _, row: {})
    defects.append_copies("engine_duplicate", "engines", lambda _, row: {"eng_no": row["eng_no"] + 20})
    for table in ORPHANED:
        defects.append_copies(f"orphan_{table}", table, without_event)
    for table in ("engines", "injury", "Flight_Crew"):
        defects.append_copies(f"orphan_key_{table}", table, lambda _, row: {"Aircraft_Key": 9})
