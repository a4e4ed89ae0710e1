-- needs: clean_events, states, tblfirsthalf
-- grain: one row per event: the kind of place that its state is, and why values are missing or doubtful
-- kind: view
-- A reason is null where the value can be used as it is. unknown: NTSB states that it is not known; missing: no value, or text that is not
-- a valid value (listed in audit.flag); not applicable: there can be none; zero: 0, which may mean not recorded.
-- column: ev_time_reason Why the time is doubtful: missing, zero, or 24:00, which is not a time of day; null where it can be used.
-- column: coordinates_reason Why the coordinates are doubtful: missing, zero or not applicable (1962-1981); null where they can be used.
-- column: place_kind Kind of place of ev_state: STATE, TERRITORY, OPEN WATER or FOREIGN; null where the code is another one or missing.
-- column: ev_state_reason Why ev_state is empty: missing, or not applicable outside the USA; null where it is filled.
-- column: severity_reason Why the highest injury is not stated: unknown or missing; null where it is stated.
-- column: deaths_reason Why the number of deaths is doubtful: missing, zero, or none written for persons on the ground; null where it can be used.
select
    events.ev_id,
    events.era,
    events.ev_date,
    events.ev_time,
    case
        when record.time_occur = '2400' then 'no such time: midnight of this day or the next'
        when events.ev_time is null then 'missing'
        when not mart.is_record_era(events.era) and events.ev_time = time '00:00' then 'zero'
    end as ev_time_reason,
    case when events.dec_latitude is null or events.dec_longitude is null
        then case when mart.is_record_era(events.era) then 'not applicable' else 'missing' end
        when events.dec_latitude = 0 and events.dec_longitude = 0 then 'zero' end as coordinates_reason,
    case
        when not events.is_us or events.ev_state_code = 'OF' then 'FOREIGN'
        when states.state is not null then 'STATE'
        when events.ev_state_code in ('PR', 'RQ', 'VI', 'VQ', 'GU', 'GQ', 'AS', 'AQ', 'CQ', 'WQ', 'CZ') then 'TERRITORY'
        when events.ev_state_code in ('AO', 'PO', 'GM', 'CB') then 'OPEN WATER'
    end as place_kind,
    case
        when events.ev_state <> '' then null
        when not events.is_us then 'not applicable'
        else 'missing'
    end as ev_state_reason,
    case
        when events.ev_highest_injury_code in ('UNK', 'UNKN') then 'unknown'
        when coalesce(events.ev_highest_injury_code, '') = '' then 'missing'
    end as severity_reason,
    case
        when events.inj_tot_f is null then 'missing'
        when events.total_deaths is null then 'zero'
        -- inj_tot_f already includes persons on the ground.
        when mart.is_record_era(events.era) then null
        when events.inj_f_grnd is null then 'nobody on the ground is written as missing'
    end as deaths_reason
from clean_events as events
left join states on states.state = events.ev_state_code
left join tblfirsthalf as record
    on events.source_row = record.source_row
        and events.source_file = record.source_file
        and mart.is_record_era(events.era)
