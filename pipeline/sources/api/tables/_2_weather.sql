-- needs: api_case
-- grain: one row per case with weather: the first of its rows, which repeat once per source of the pilot's briefing
create temporary table api_weather on commit drop as
select api_case.case_row, w.*
from api_case
cross join lateral jsonb_to_record(convert.api_objects(api_case."weatherConditions") -> 0) as w (
    "accidentSiteCondition" text, "daylightCondition" text, "cloudCondition" text, "lowestCeiling" text,
    "lowestCeilingFtAgl" text, "lowestCloudConditionFtAgl" text, "visibilitySm" text, "runwayVisualRangeFt" text,
    "windSpeedKts" text, "windGustKts" text, "windDirectionDeg" text, "windCalm" text, "windDirectionVariable" text,
    "windSpeedVariable" text, "windGustsAbsent" text, "temperatureF" text, "dewPointF" text,
    "barometricSettingMmHg" text, "metar" text, "investigationWeatherSource" text, "observationTimeUtc" text,
    "observationFacilityId" text, "observationFacilityDistanceNm" text, "observationFacilityDirectionDeg" text,
    "observationFacilityElevationFt" text
)
where api_case.is_modern and convert.api_objects(api_case."weatherConditions") <> '[]';
