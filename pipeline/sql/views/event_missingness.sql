-- needs: events, states, tblfirsthalf
-- grain: one row per event: what kind of place its state is, and why a value is missing or doubtful
-- kind: view
-- A reason is null where the value can be taken as it stands. unknown: NTSB says so; missing: nothing is there, or text that has no value
-- (audit.flag holds it); not applicable: there can be none; zero: 0 is written, which may mean that nobody knew.
select
    events.ev_id,
    events.era,
    events.ev_date,
    events.ev_time,
    case
        when half.time_occur = '2400' then 'no such time: midnight of this day or the next'
        when events.ev_time is null then 'missing'
        when events.era <> 'pre1982' and events.ev_time = time '00:00' then 'zero'
    end as ev_time_reason,
    case when events.dec_latitude is null or events.dec_longitude is null
        then case when events.era = 'pre1982' then 'not applicable' else 'missing' end
        when events.dec_latitude = 0 and events.dec_longitude = 0 then 'zero' end as coordinates_reason,
    case
        when upper(btrim(events.ev_country)) <> 'USA' or upper(btrim(events.ev_state)) = 'OF' then 'FOREIGN'
        when states.state is not null then 'STATE'
        when upper(btrim(events.ev_state)) in ('PR', 'RQ', 'VI', 'VQ', 'GU', 'GQ', 'AS', 'AQ', 'CQ', 'WQ', 'CZ') then 'TERRITORY'
        when upper(btrim(events.ev_state)) in ('AO', 'PO', 'GM', 'CB') then 'OPEN WATER'
    end as place_kind,
    case
        when events.ev_state <> '' then null
        when upper(btrim(events.ev_country)) <> 'USA' then 'not applicable'
        else 'missing'
    end as ev_state_reason,
    case
        when upper(btrim(events.ev_highest_injury)) in ('UNK', 'UNKN') then 'unknown'
        when coalesce(btrim(events.ev_highest_injury), '') = '' then 'missing'
    end as severity_reason,
    case
        when events.inj_tot_f is null then 'missing'
        -- Persons on the ground are in inj_tot_f already.
        when events.era = 'pre1982' then null
        when events.inj_f_grnd is null then 'nobody on the ground is written as missing'
    end as deaths_reason
from events
left join states on states.state = upper(btrim(events.ev_state))
left join tblfirsthalf as half
    on events.source_row = half.source_row and events.source_file = half.source_file and events.era = 'pre1982'
