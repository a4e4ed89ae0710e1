-- needs: change, event_version, events, aircraft
-- grain: one row per new, revised or withdrawn event of the last change, latest last change first; the first 500 events
with last_change as (
    select number, release_from, release_to from change order by number desc limit 1
),

changed as (
    select
        version.ev_id, version.kind, last_change.release_from, last_change.release_to,
        former.rows #> '{events,0}' as earlier, former.rows -> 'aircraft' as earlier_aircraft
    from event_version as version
    inner join last_change on last_change.number = version.change
    -- Only a withdrawn event is described by its last edition: a value that a revision emptied is not a current one.
    cross join lateral (select case when version.kind = 'withdrawn' then version.rows end as rows) as former
    where version.kind <> 'source'
),

registrations as (
    select ev_id, string_agg(distinct regis_no collate "C", ', ' order by regis_no collate "C") as registrations
    from (
        select ev_id, regis_no from aircraft where ev_id in (select changed.ev_id from changed)
        union all
        select changed.ev_id, former.regis_no
        from changed
        cross join lateral jsonb_to_recordset(changed.earlier_aircraft) as former (regis_no text)
    ) as listed
    group by ev_id
)

select
    changed.ev_id, changed.kind, changed.release_from, changed.release_to,
    coalesce(events.ntsb_no, earlier ->> 'ntsb_no') as ntsb_no,
    coalesce(events.ev_date::text, earlier ->> 'ev_date') as ev_date,
    coalesce(events.ev_city, earlier ->> 'ev_city') as ev_city,
    coalesce(events.ev_state, earlier ->> 'ev_state') as ev_state,
    coalesce(events.lchg_date::date::text, left(earlier ->> 'lchg_date', 10), events.ev_date::text) as changed_on,
    registrations.registrations
from changed
left join events on changed.ev_id = events.ev_id
left join registrations on changed.ev_id = registrations.ev_id
order by changed_on desc nulls last, changed.ev_id collate "C"
limit 500;
