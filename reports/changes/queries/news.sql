-- needs: change, event_version, row_version, events, aircraft, event_summary
-- grain: one row per new, revised or withdrawn event of the last change, latest event first within each kind; the first 500 events of a kind
with last_change as (select max(number) as number from change),

numbered as (
    select
        version.ev_id, version.kind, version.era, version.rows #> '{events,0}' as earlier,
        row_number() over (
            partition by version.kind
            order by
                coalesce(events.ev_date::text, version.rows #>> '{events,0,ev_date}') desc nulls last, version.ev_id collate "C"
        ) as position
    from event_version as version
    inner join last_change on last_change.number = version.change
    left join events on version.ev_id = events.ev_id
    where version.kind <> 'source'
),

changed_rows as (
    select
        ev_id,
        count(*) filter (where kind = 'new') as rows_added,
        count(*) filter (where kind = 'withdrawn') as rows_removed
    from row_version
    where change = (select last_change.number from last_change) and ev_id is not null
    group by ev_id
),

named as (
    select
        ev_id,
        string_agg(concat_ws(' ', btrim(regis_no), btrim(acft_make), btrim(acft_model)), '; ' order by aircraft_key) as aircraft
    from aircraft
    where ev_id in (select numbered.ev_id from numbered where numbered.position <= 500)
    group by ev_id
)

select
    numbered.kind,
    numbered.ev_id,
    numbered.era,
    coalesce(summary.ev_date::text, earlier ->> 'ev_date') as ev_date,
    coalesce(summary.ev_city, earlier ->> 'ev_city') as ev_city,
    coalesce(summary.ev_state_meaning, summary.ev_state, earlier ->> 'ev_state') as ev_state,
    coalesce(summary.ev_country, earlier ->> 'ev_country') as ev_country,
    named.aircraft,
    coalesce(summary.severity, earlier ->> 'ev_highest_injury') as severity,
    summary.total_deaths,
    summary.total_seriously_injured,
    coalesce(changed_rows.rows_added, 0) as rows_added,
    coalesce(changed_rows.rows_removed, 0) as rows_removed
from numbered
left join event_summary as summary on numbered.ev_id = summary.ev_id
left join changed_rows on numbered.ev_id = changed_rows.ev_id
left join named on numbered.ev_id = named.ev_id
where numbered.position <= 500
order by array_position(array['new', 'revised', 'withdrawn'], numbered.kind), numbered.position;
