-- needs: clean_aircraft
-- grain: one row per aircraft: why values that NTSB may have filled in by default are missing or doubtful
-- kind: view
-- A reason is null where the value can be used as it is. unknown: NTSB states that it is not known, for dates by writing 2 January 2000;
-- missing: no value; not applicable: there can be none (1962-1981 has no such column); zero: 0, which usually means not recorded.
-- column: regis_no_reason Why the registration is not one: missing, unknown or not applicable (unregistered); null where it can be used.
-- column: dprt_time_reason Why the time of departure is doubtful: missing, zero or not applicable (1962-1981); null where it can be used.
-- column: date_last_insp_reason Why the date of inspection is doubtful: missing, unknown or not applicable (1962-1981); null where it can be used.
-- column: afm_hrs_reason Why the airframe time is doubtful: missing or zero; null where it can be used.
-- column: acft_year_reason Why the year of manufacture is doubtful: missing, zero or not applicable (1962-1981); null where it can be used.
-- column: total_seats_reason Why the number of seats is doubtful: missing, zero or not applicable (1962-1981); null where it can be used.
select
    ev_id,
    aircraft_key,
    era,
    regis_no,
    case
        when registration is null then 'missing'
        when registration in ('UNK', 'UNKNOWN') then 'unknown'
        when registration in ('NONE', 'UNREG', 'UNREGISTERED') then 'not applicable'
    end as regis_no_reason,
    dprt_time,
    case
        when mart.is_record_era(era) then 'not applicable' when dprt_time is null then 'missing'
        when dprt_time = time '00:00' then 'zero'
    end as dprt_time_reason,
    date_last_insp,
    case
        when mart.is_record_era(era) then 'not applicable' when date_last_insp is null then 'missing'
        when date_last_insp = date '2000-01-02' then 'unknown'
    end as date_last_insp_reason,
    afm_hrs,
    case when afm_hrs is null then 'missing' when afm_hrs = 0 then 'zero' end as afm_hrs_reason,
    acft_year,
    case
        when mart.is_record_era(era) then 'not applicable' when acft_year is null then 'missing' when acft_year = 0 then 'zero'
    end as acft_year_reason,
    total_seats,
    case
        when mart.is_record_era(era) then 'not applicable' when total_seats is null then 'missing' when total_seats = 0 then 'zero'
    end as total_seats_reason
from clean_aircraft
