-- needs: clean_events, clean_tblfirsthalf, code_harmonization
-- grain: one row per event: severity, weather and light in the harmonized codes
-- kind: materialized, key: ev_id
-- Each value has a basis, as in aircraft_harmonized, which has the fields that differ between the aircraft of an event.
-- In 1962-1981, weather and light are those of the record with the lowest RecNum; severity is the worst of all records of the event.
-- column: severity Harmonized highest injury of the event: FATL, SERS, MINR, NONE or UNK; null where there is no value.
-- column: severity_basis Basis of severity: exact, close, none, unmapped or missing.
-- column: weather Harmonized weather conditions: VMC, IMC or UNK; null where there is no value.
-- column: weather_basis Basis of weather: exact, close, none, unmapped or missing.
-- column: light Harmonized natural light, in the codes of light_cond in current files; null where there is no value.
-- column: light_basis Basis of light: exact, close, none, unmapped or missing.
with coded as (
    select
        events.ev_id, events.era, events.ev_date, events.ev_year,
        case when record.recnum is null or events.ev_highest_injury <> '' then 'avall' else 'pre1982' end as severity_list,
        nullif(
            case when record.recnum is null or events.ev_highest_injury <> '' then events.ev_highest_injury_code
                else record.injury_index_code end, ''
        ) as severity,
        nullif(case when record.recnum is null then events.wx_cond_basic_code else record.type_weathr_code end, '') as weather,
        nullif(case when record.recnum is null then events.light_cond_code else record.light_cond_code end, '') as light
    from clean_events as events
    left join clean_tblfirsthalf as record
        on events.source_row = record.source_row
        and events.source_file = record.source_file
        and mart.is_record_era(events.era)
)

select
    coded.ev_id, coded.era, coded.ev_date, coded.ev_year,
    severity.value as severity,
    case when coded.severity is null then 'missing' else coalesce(severity.confidence, 'unmapped') end as severity_basis,
    weather.value as weather,
    case when coded.weather is null then 'missing' else coalesce(weather.confidence, 'unmapped') end as weather_basis,
    light.value as light,
    case when coded.light is null then 'missing' else coalesce(light.confidence, 'unmapped') end as light_basis
from coded
left join code_harmonization as severity
    on severity.field = 'severity' and severity.era = coded.severity_list and severity.code = coded.severity
left join code_harmonization as weather on weather.field = 'weather' and weather.era = coded.era and weather.code = coded.weather
left join code_harmonization as light on light.field = 'light' and light.era = coded.era and light.code = coded.light
