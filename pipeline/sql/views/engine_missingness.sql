-- needs: engines
-- grain: one row per engine: why its power or hours are missing or doubtful
-- kind: view
-- A reason is null where the value can be used as it is. missing: no value; not applicable: 1962-1981 has no such column; zero: 0, which
-- usually means not recorded.
-- column: power_units_reason Why the power is doubtful: missing, zero or not applicable (1962-1981); null where it can be used.
-- column: eng_time_total_reason Why the total time is doubtful: missing, zero or not applicable (1962-1981); null where it can be used.
-- column: eng_time_last_insp_reason Why the time since inspection is doubtful: missing, zero or not applicable (1962-1981); null where it can be used.
-- column: eng_time_overhaul_reason Why the time since overhaul is doubtful: missing or zero; null where it can be used.
select
    ev_id,
    aircraft_key,
    eng_no,
    era,
    power_units,
    case
        when mart.is_record_era(era) then 'not applicable' when power_units is null then 'missing'
        when power_units = 0 then 'zero'
    end as power_units_reason,
    eng_time_total,
    case
        when mart.is_record_era(era) then 'not applicable' when eng_time_total is null then 'missing'
        when eng_time_total = 0 then 'zero'
    end as eng_time_total_reason,
    eng_time_last_insp,
    case
        when mart.is_record_era(era) then 'not applicable' when eng_time_last_insp is null then 'missing'
        when eng_time_last_insp = 0 then 'zero'
    end as eng_time_last_insp_reason,
    eng_time_overhaul,
    case when eng_time_overhaul is null then 'missing' when eng_time_overhaul = 0 then 'zero' end as eng_time_overhaul_reason
from engines
