-- needs: aircraft_summary, aircraft, events
-- grain: one row per aircraft of the 30,000 newest events, in the order of ev_id and aircraft_key
select
    summary.ev_id, summary.aircraft_key, btrim(summary.regis_no) as regis_no,
    btrim(summary.acft_make) as acft_make, btrim(summary.acft_model) as acft_model, summary.make, summary.model,
    coalesce(summary.acft_category_meaning, summary.acft_category) as acft_category,
    coalesce(summary.damage_meaning, summary.damage) as damage,
    coalesce(summary.far_part_meaning, summary.far_part) as far_part,
    coalesce(summary.type_fly_meaning, summary.type_fly) as type_fly, nullif(btrim(aircraft.oper_sched), '') as oper_sched,
    summary.broad_phase, coalesce(summary.acft_fire_meaning, summary.acft_fire) as acft_fire,
    coalesce(summary.acft_expl_meaning, summary.acft_expl) as acft_expl,
    summary.homebuilt, summary.num_eng, nullif(summary.acft_year, 0) as acft_year, nullif(summary.total_seats, 0) as total_seats,
    nullif(btrim(aircraft.dprt_apt_id), '') as dprt_apt_id, nullif(btrim(aircraft.dest_apt_id), '') as dest_apt_id,
    summary.source_file, summary.source_row
from aircraft_summary as summary
inner join aircraft on summary.ev_id = aircraft.ev_id and summary.aircraft_key = aircraft.aircraft_key
where summary.ev_id in (select ev_id from events order by ev_date desc nulls last, ev_id collate "C" desc limit 30000)
order by summary.ev_id collate "C", summary.aircraft_key;
