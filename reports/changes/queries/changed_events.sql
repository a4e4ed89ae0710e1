-- needs: change, event_version, row_version, events, aircraft, event_summary
-- grain: one row per new, revised or withdrawn event of the last change, latest event first within each kind; the first 500 events of a kind
with last_change as (select max(number) as number from change),

numbered as (
    select
        version.ev_id, version.kind, version.era, former.rows #> '{events,0}' as earlier, former.rows -> 'aircraft' as earlier_aircraft,
        row_number() over (
            partition by version.kind
            order by
                coalesce(events.ev_date::text, former.rows #>> '{events,0,ev_date}') desc nulls last, version.ev_id collate "C"
        ) as position
    from event_version as version
    inner join last_change on last_change.number = version.change
    left join events on version.ev_id = events.ev_id
    -- Only a withdrawn event is described by its last edition: a value that a revision emptied is not a current one.
    cross join lateral (select case when version.kind = 'withdrawn' then version.rows end as rows) as former
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
    from (
        select ev_id, aircraft_key, regis_no, acft_make, acft_model
        from aircraft
        where ev_id in (select numbered.ev_id from numbered where numbered.position <= 500)
        union all
        select numbered.ev_id, former.aircraft_key, former.regis_no, former.acft_make, former.acft_model
        from numbered
        cross join lateral jsonb_to_recordset(numbered.earlier_aircraft) as former (
            aircraft_key integer, regis_no text, acft_make text, acft_model text
        )
        where numbered.position <= 500
    ) as listed
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
    coalesce(
        summary.total_deaths, (earlier ->> 'inj_tot_f')::integer + coalesce((earlier ->> 'inj_f_grnd')::integer, 0)
    ) as total_deaths,
    coalesce(
        summary.total_seriously_injured, (earlier ->> 'inj_tot_s')::integer + coalesce((earlier ->> 'inj_s_grnd')::integer, 0)
    ) as total_seriously_injured,
    coalesce(changed_rows.rows_added, 0) as rows_added,
    coalesce(changed_rows.rows_removed, 0) as rows_removed
from numbered
left join event_summary as summary on numbered.ev_id = summary.ev_id
left join changed_rows on numbered.ev_id = changed_rows.ev_id
left join named on numbered.ev_id = named.ev_id
where numbered.position <= 500
order by array_position(array['new', 'revised', 'withdrawn'], numbered.kind), numbered.position;
