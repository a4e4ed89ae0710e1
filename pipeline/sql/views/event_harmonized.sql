-- needs: events, tblfirsthalf, code_harmonization
-- grain: one row per event: severity, weather and light, meaning the same in all eras
-- kind: materialized, key: ev_id
-- Beside each value why it is so, as in aircraft_harmonized. What differs between the aircraft of an event stands there.
-- 1962-1981: weather and light of the row with the lowest RecNum; the severity is the event's, the worst of its rows.
with coded as (
    select
        events.ev_id, events.era, events.ev_date, events.ev_year,
        case when half.recnum is null or events.ev_highest_injury <> '' then 'avall' else 'pre1982' end as severity_list,
        nullif(upper(btrim(
            case when half.recnum is null or events.ev_highest_injury <> '' then events.ev_highest_injury
                else half.injury_index end
        )), '') as severity,
        nullif(upper(btrim(case when half.recnum is null then events.wx_cond_basic else half.type_weathr end)), '') as weather,
        nullif(upper(btrim(case when half.recnum is null then events.light_cond else half.light_cond end)), '') as light
    from events
    left join tblfirsthalf as half
        on events.source_row = half.source_row and events.source_file = half.source_file and events.era = 'pre1982'
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
