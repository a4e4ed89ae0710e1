"""Weather of a case: the same row once per source of the pilot's briefing."""

from collections.abc import Sequence

from samples.api_texts import Case, Row, Texts, clock, day, utc_offset

EMPTY = (
    *("remarks", "weatherSource", "observationFacilityName", "icingActualAmount"),
    *("icingActualType", "icingForecastAmount", "icingForecastType", "turbulenceActualSeverity"),
    *("turbulenceActualType", "turbulenceForecastSeverity", "turbulenceForecastType"),
)


def weather_of(event: Row, details: Sequence[Row], texts: Texts) -> list[Case]:
    """Return rows that differ in `pilotWeatherSource` only; every third event with a source has a row without it."""
    codes = sorted(str(row["code"]) for row in details if row["col_name"] == "wx_brief_src")
    sources: list[str | None] = [texts("dt_events", "wx_brief_src", code) for code in codes]
    if not sources or (event.get("ev_time") or 0) % 3 == 0:
        sources.append(None)
    row = sky_of(event, texts) | wind_of(event) | observation_of(event)
    row |= dict.fromkeys(EMPTY)
    row["investigationWeatherSource"] = texts("events", "wx_src_iic", event.get("wx_src_iic"))
    return [row | {"pilotWeatherSource": source} for source in sources]


def sky_of(event: Row, texts: Texts) -> Case:
    """Return the conditions at the site; the altimeter setting is in inches, whatever the name of its field is."""
    columns = {
        "accidentSiteCondition": "wx_cond_basic",
        "daylightCondition": "light_cond",
        "cloudCondition": "sky_cond_nonceil",
        "lowestCeiling": "sky_cond_ceil",
    }
    return {name: texts("events", column, event.get(column)) for name, column in columns.items()} | {
        "lowestCeilingFtAgl": event.get("sky_ceil_ht"),
        "lowestCloudConditionFtAgl": event.get("sky_nonceil_ht"),
        "cloudCoverage": None,
        "visibilitySm": event.get("vis_sm"),
        "runwayVisualRangeFt": event.get("vis_rvr"),
        "temperatureF": event.get("wx_temp"),
        "dewPointF": event.get("wx_dew_pt"),
        "barometricSettingMmHg": event.get("altimeter"),
        "precipitationNa": event.get("wx_int_precip") is None,
        "metar": event.get("metar"),
    }


def wind_of(event: Row) -> Case:
    """Return the wind in knots and degrees."""
    speed, direction, gusts = (str(event.get(name) or "") for name in ("wind_vel_ind", "wind_dir_ind", "gust_ind"))
    return {
        "windSpeedKts": event.get("wind_vel_kts"),
        "windGustKts": event.get("gust_kts"),
        "windDirectionDeg": event.get("wind_dir_deg"),
        "windCalm": speed in ("T", "CALM"),
        "windDirectionVariable": direction == "V",
        "windSpeedVariable": speed in ("V", "LVAR"),
        "windGustsAbsent": gusts in ("F", "N"),
    }


def observation_of(event: Row) -> Case:
    """Return the weather station and the time of its report."""
    time = clock(event.get("wx_obs_time"))
    return {
        "observationDate": day(event["ev_date"]) if time else None,
        "observationTimeUtc": time,
        "observationUtcOffsetHours": utc_offset(event),
        "observationFacilityId": event.get("wx_obs_fac_id"),
        "observationFacilityDistanceNm": event.get("wx_obs_dist"),
        "observationFacilityDirectionDeg": event.get("wx_obs_dir"),
        "observationFacilityElevationFt": event.get("wx_obs_elev"),
    }
