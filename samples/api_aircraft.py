"""The aircraft of a case: description, operation, flight, airport, engines, injuries, events and findings."""

from collections.abc import Mapping, Sequence
from typing import Any

from samples.api_crew import crew_of
from samples.api_texts import Case, Row, Texts, answer, clock, day, joined, shuffled, utc_offset

LEVELS = {"FATL": "Fatal", "SERS": "Serious", "MINR": "Minor", "NONE": "None"}
GROUPS = ("flightCrew", "cabinCrew", "passengers", "lapChildren")
CATEGORIES = {"Flig": "flightCrew", "Cabi": "cabinCrew", "CABN": "cabinCrew", "Pass": "passengers", "PAX": "passengers"}
# Only crew since 1982 was counted by function; ABRD is the sum of the others.
CATEGORIES |= dict.fromkeys(("PLT", "CPLT", "DSTU", "FLTI", "KPLT", "FENG", "OCRW"), "flightCrew")


def aircraft_of(aircraft: Row, event: Row, rows: Mapping[str, list[Row]], texts: Texts) -> Case:
    """Return one aircraft. `rows`: rows of its event by table."""
    number = aircraft["Aircraft_Key"]
    own = {name: [row for row in many if row.get("Aircraft_Key") == number] for name, many in rows.items()}
    details = _details(own.get("dt_aircraft", []), texts)
    return {
        "aircraftNumber": number,
        **_description(aircraft, details, texts),
        **_seats(aircraft),
        **_equipment(aircraft, texts),
        **_injuries(own.get("injury", []), number),
        "aircraftAccidents": [_damage(aircraft, texts)],
        "engines": [_engine(row, texts) for row in own.get("engines", [])],
        "ownerOperators": [_operation(aircraft, texts) | _owner(aircraft)],
        "operatingCertificates": details.get("aircar_cert", []),
        "operatorScopes": [],
        "airworthinessCertificates": [_airworthiness(text) for text in details.get("acft_awy_cert", [])],
        "additionalEquipment": [],
        "landingGear": details.get("landing_gear", []),
        "airspaces": details.get("airspc_type", []),
        "airports": [_airport(aircraft, event, details, texts)],
        "approaches": [_approach(details)],
        "itinerary": [_itinerary(aircraft, event, texts)],
        "crewAndOccupants": [crew_of(row, own, texts) for row in own.get("Flight_Crew", [])],
        "events": shuffled([_sequence(row) for row in own.get("Events_Sequence", [])]),
        "findings": shuffled([_finding(row) for row in own.get("Findings", [])]),
        "occurrences": [],
    }


def _details(rows: Sequence[Row], texts: Texts) -> dict[str, list[str]]:
    """Return {column: texts of its codes} of a table of multi-valued columns."""
    details: dict[str, list[str]] = {}
    for row in rows:
        text = texts("dt_aircraft", row["col_name"], row["code"])
        details.setdefault(row["col_name"], []).extend([text] if text else [])
    return details


def _description(aircraft: Row, details: Mapping[str, list[str]], texts: Texts) -> Case:
    inspection = aircraft.get("date_last_insp")
    return {
        "aircraftCategory": texts("aircraft", "acft_category", aircraft.get("acft_category")),
        "aircraftRegistrationNumber": aircraft.get("regis_no"),
        "aircraftSerialNumber": aircraft.get("acft_serial_no"),
        "aircraftMake": aircraft.get("acft_make"),
        "aircraftModel": aircraft.get("acft_model"),
        "aircraftSeries": aircraft.get("acft_series"),
        "aircraftManufacturer": None,
        "aircraftAmateurBuilt": answer(aircraft.get("homebuilt")),
        "yearOfManufacture": aircraft.get("acft_year"),
        "aircraftMaxGrossWeight": aircraft.get("cert_max_gr_wt"),
        "aircraftNumberOfEngines": aircraft.get("num_eng"),
        "aircraftRetractableLandingGear": {"RETR": True, "FIXD": False}.get(aircraft.get("fixed_retractable") or ""),
        "aircraftLandingGearFormation": joined(details.get("landing_gear", [])),
        "airframeTotalTimeHours": aircraft.get("afm_hrs"),
        "aircraftLastInspection": inspection is not None,
        "aircraftLastInspectionDate": day(inspection),
        "aircraftLastInspectionType": texts("aircraft", "type_last_insp", aircraft.get("type_last_insp")),
        "aircraftFromLastInspectionHours": aircraft.get("afm_hrs_last_insp"),
        "aircraftAtTimeOfAccident": {"ACCI": True, "INSP": False}.get(aircraft.get("afm_hrs_since") or ""),
        "aircraftFuelOnBoard": aircraft.get("fuel_on_board"),
        "aircraftIfrEquippedAndCertified": aircraft.get("ifr_equipped_cert"),
        "aircraftMissing": answer(aircraft.get("acft_missing")),
        "aircraftUnmanned": aircraft.get("unmanned"),
        "aircraftCommercialSpaceFlight": aircraft.get("commercial_space_flight"),
    }


def _seats(aircraft: Row) -> Case:
    return {
        "aircraftNumberOfSeats": aircraft.get("total_seats"),
        "aircraftFlightCrewSeats": aircraft.get("fc_seats"),
        "aircraftCabinCrewSeats": aircraft.get("cc_seats"),
        "aircraftPassengerSeats": aircraft.get("pax_seats"),
    }


def _equipment(aircraft: Row, texts: Texts) -> Case:
    """Return the fields of the emergency locator transmitter."""
    return {
        "aircraftEltInstalled": texts("aircraft", "elt_install", aircraft.get("elt_install")),
        "aircraftEltActivated": texts("aircraft", "elt_oper", aircraft.get("elt_oper")),
        "aircraftEltAidedLocatingAccident": texts("aircraft", "elt_aided_loc_ev", aircraft.get("elt_aided_loc_ev")),
        "aircraftEltConnectedAntenna": aircraft.get("elt_connected_antenna"),
        "aircraftEltStillMounted": aircraft.get("elt_mounted_aircraft"),
        "aircraftEltManufacturer": aircraft.get("elt_manufacturer"),
        "aircraftEltModelPart": aircraft.get("elt_model"),
        "aircraftEltReasonOther": aircraft.get("elt_reason_other"),
        "aircraftElttsoNumber": texts("aircraft", "elt_type", aircraft.get("elt_type")),
        "eltReasons": [],
    }


def _injuries(rows: Sequence[Row], number: int) -> Case:
    """Return counts by group and level: as fields of the aircraft, and in a list whose totals omit the uninjured."""
    counts = {f"{group}{level}": 0 for group in GROUPS for level in LEVELS.values()}
    for row in rows:
        group, level = CATEGORIES.get(row["inj_person_category"]), LEVELS.get(row["injury_level"])
        if group and level:
            counts[f"{group}{level}"] += row["inj_person_count"] or 0
    injured = {
        f"{group}Total": sum(counts[f"{group}{level}"] for level in LEVELS.values() if level != "None")
        for group in GROUPS
    }
    totals = {f"total{level}": sum(counts[f"{group}{level}"] for group in GROUPS) for level in LEVELS.values()}
    return {**totals, **counts, "injuries": [{"mkey": 0, "aircraftNumber": number, **counts, **injured}]}


def _damage(aircraft: Row, texts: Texts) -> Case:
    return {
        "damageLevel": texts("aircraft", "damage", aircraft.get("damage")),
        "fireType": texts("aircraft", "acft_fire", aircraft.get("acft_fire")),
        "explosionType": texts("aircraft", "acft_expl", aircraft.get("acft_expl")),
        "unknownNumberofOccupants": False,
    }


def _engine(row: Row, texts: Texts) -> Case:
    return {
        "engineNumbers": row["eng_no"],
        "engineType": texts("engines", "eng_type", row.get("eng_type")),
        "engineManufacturer": row.get("eng_mfgr"),
        "engineModelSeries": row.get("eng_model"),
        "engineRatedPower": row.get("power_units"),
        "engineRatedPowerType": texts("engines", "hp_or_lbs", row.get("hp_or_lbs")),
        "engineFuelSystem": texts("engines", "carb_fuel_injection", row.get("carb_fuel_injection")),
        "engineSerialNumber": None,
        "engineTotalTime": row.get("eng_time_total"),
        "engineFromLastInspectionHours": row.get("eng_time_last_insp"),
        "enginePropellerMake": row.get("propeller_make"),
        "enginePropellerModel": row.get("propeller_model"),
        "enginePropellerSerialNumber": None,
        "enginePropellerType": texts("engines", "propeller_type", row.get("propeller_type")),
    }


def _operation(aircraft: Row, texts: Texts) -> Case:
    """Return the kind of operation; the regulation is a code in the API too."""
    return {
        "regulationFlightConductedUnder": aircraft.get("far_part"),
        "flightOperationType": texts("aircraft", "type_fly", aircraft.get("type_fly")),
        "flightScheduledType": texts("aircraft", "oper_sched", aircraft.get("oper_sched")),
        "flightServiceType": texts("aircraft", "oper_pax_cargo", aircraft.get("oper_pax_cargo")),
        "flightTerminalType": texts("aircraft", "oper_dom_int", aircraft.get("oper_dom_int")),
        "hasOperatingCertificates": answer(aircraft.get("certs_held")),
        "airMedical": answer(aircraft.get("air_medical")),
        "airMedicalType": texts("aircraft", "med_type_flight", aircraft.get("med_type_flight")),
        "revenueSightseeing": answer(aircraft.get("site_seeing")),
        "secondPilotPresent": answer(aircraft.get("second_pilot")),
        "operatorDesignatorCode": aircraft.get("oper_code"),
    }


def _owner(aircraft: Row) -> Case:
    return {
        "operatorName": aircraft.get("oper_name"),
        "operatorDoingBusinessAs": aircraft.get("oper_dba"),
        "operatorIndividual": answer(aircraft.get("oper_individual_name")),
        "operatorAddress": aircraft.get("oper_street"),
        "operatorCity": aircraft.get("oper_city"),
        "operatorStateOrRegion": aircraft.get("oper_state"),
        "operatorCountry": aircraft.get("oper_country"),
        "operatorZip": aircraft.get("oper_zip"),
        "operatorCertificateNumber": aircraft.get("oper_cert_num"),
        "registeredOwner": aircraft.get("owner_acft"),
        "ownerIndividual": None,
        "ownerAddress": aircraft.get("owner_street"),
        "ownerCity": aircraft.get("owner_city"),
        "ownerStateOrRegion": aircraft.get("owner_state"),
        "ownerCountry": aircraft.get("owner_country"),
        "ownerZip": aircraft.get("owner_zip"),
    }


def _airworthiness(text: str) -> Case:
    kind = "Special" if text.endswith(" (Special)") or text == "Light-Sport" else "Standard"
    return {"airworthinessCertificate": text.removesuffix(" (Special)"), "airworthinessCertificateType": kind}


def _airport(aircraft: Row, event: Row, details: Mapping[str, list[str]], texts: Texts) -> Case:
    """Return the airport near the event, with the runway of this aircraft."""
    return {
        "airportLocationId": event.get("ev_nr_apt_id"),
        "airportFacilityName": event.get("apt_name"),
        "airportOnAirportAirstrip": texts("events", "ev_nr_apt_loc", event.get("ev_nr_apt_loc")),
        "airportArpDistanceNm": event.get("apt_dist"),
        "airportArpDirectionDeg": event.get("apt_dir"),
        "airportArpElevationFtMsl": event.get("apt_elev"),
        "airportRunwayId": aircraft.get("rwy_num"),
        "airportRunwayLengthFt": aircraft.get("rwy_len"),
        "airportRunwayWidthFt": aircraft.get("rwy_width"),
        "airportRunwayNa": aircraft.get("rwy_num") is None,
        "airportLandingSurfaceType": joined(details.get("landing_surf", [])),
        "airportLandingSurfaceCondition": joined(details.get("rwy_cond", [])),
    }


def _approach(details: Mapping[str, list[str]]) -> Case:
    return {
        "ifrapproach": joined(details.get("instm_appr", [])),
        "vfrapproachLanding": joined(details.get("vfr_appr", [])),
        "pre1982ApproachType": None,
    }


def _itinerary(aircraft: Row, event: Row, texts: Texts) -> Case:
    names = {"Id": "apt_id", "City": "city", "StateOrRegion": "state", "Country": "country"}
    row: Case = {}
    for start, prefix in (("departure", "dprt"), ("destination", "dest")):
        row |= {
            f"{start}{'AirportId' if name == 'Id' else name}": aircraft.get(f"{prefix}_{column}")
            for name, column in names.items()
        }
    return row | {
        "departureTimeUtc": clock(aircraft.get("dprt_time")),
        "departureTimeUtcOffsetHours": utc_offset(event),
        "departureIsUtc": False,
        "lastDeparture": None,
        "flightPlan": texts("aircraft", "flt_plan_filed", aircraft.get("flt_plan_filed")),
        "flightPlanSpecification": texts("aircraft", "flight_plan_activated", aircraft.get("flight_plan_activated")),
    }


def _sequence(row: Row) -> Case:
    first, _, second = str(row.get("Occurrence_Description") or "").rpartition(" ")
    return {
        "eventNumber": row["Occurrence_No"],
        "sequenceNumber": row["Occurrence_No"],
        "eventCode": str(row["Occurrence_Code"]).strip(),
        "tier1Number": row.get("phase_no"),
        "eventTier1Name": first,
        "tier2Number": row.get("eventsoe_no"),
        "eventTier2Name": second,
        "isDefiningEvent": row.get("Defining_ev"),
        "cicttPhaseSOEGroup": first,
        "cicttEventSOEGroup": second,
    }


def _finding(row: Row) -> Case:
    """Return a finding; `inProbableCause` is true for factors too, and the role is the end of the description."""
    description = str(row.get("finding_description") or "")
    names: list[Any] = description.removesuffix(" - C").removesuffix(" - F").split("-", 4)
    names += [None] * (5 - len(names))
    case: Case = {"findingNumber": row["finding_no"], "findingCode": str(row["finding_code"]).strip()}
    columns = ("category_no", "subcategory_no", "section_no", "subsection_no")
    for tier, (column, name) in enumerate(zip(columns, names, strict=False), 1):
        case |= {f"tier{tier}Number": row.get(column), f"tier{tier}Name": name}
    return case | {
        "modifierNumber": row.get("modifier_no"),
        "modifierName": names[4],
        "findingDescription": row.get("finding_description"),
        "findingReportText": description,
        "inProbableCause": answer(row.get("cm_inPc")) is True or row.get("Cause_Factor") in ("C", "F"),
    }
