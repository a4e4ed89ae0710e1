-- needs: event_summary, event_positions, event_links, events
-- grain: one row per event of the 30,000 newest, in the order of ev_id: what is known about it, with the meanings of its codes
select
    summary.ev_id, summary.ntsb_no, coalesce(summary.ev_type_meaning, summary.ev_type) as ev_type, summary.ev_date,
    to_char(summary.ev_time, 'HH24:MI') as ev_time, summary.ev_clock,
    btrim(summary.ev_city) as ev_city, coalesce(summary.ev_state_meaning, summary.ev_state) as ev_state, summary.ev_country,
    nullif(btrim(events.apt_name), '') as apt_name,
    positions.position_latitude, positions.position_longitude, positions.position_source, round(positions.uncertainty_km) as uncertainty_km,
    coalesce(summary.light_cond_meaning, summary.light_cond) as light_cond,
    coalesce(summary.wx_cond_basic_meaning, summary.wx_cond_basic) as wx_cond_basic,
    coalesce(summary.ev_highest_injury_meaning, summary.ev_highest_injury) as ev_highest_injury,
    summary.total_deaths, summary.total_seriously_injured, events.inj_f_grnd, events.inj_s_grnd, events.inj_m_grnd,
    links.lead, links.mkey, links.case_status, case when links.case_status = 'expected' then links.case_url end as case_url,
    links.docket_status, links.docket_url, links.report_status, links.report_url,
    events.lchg_date::date as lchg_date, summary.source_file, summary.source_row
from event_summary as summary
inner join events on summary.ev_id = events.ev_id
inner join event_positions as positions on summary.ev_id = positions.ev_id
inner join event_links as links on summary.ev_id = links.ev_id
where summary.ev_id in (select ev_id from events order by ev_date desc nulls last, ev_id collate "C" desc limit 30000)
order by summary.ev_id collate "C";
