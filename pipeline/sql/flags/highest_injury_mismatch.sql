-- needs: events
-- flags: events.ev_highest_injury differs from the most severe injury level with a count in the totals, persons on the ground included
with counted as (
    select
        source_row,
        convert.to_code(ev_highest_injury) as reported,
        case
            when coalesce(inj_tot_f, 0) + coalesce(inj_f_grnd, 0) > 0 then 'FATL'
            when coalesce(inj_tot_s, 0) + coalesce(inj_s_grnd, 0) > 0 then 'SERS'
            when coalesce(inj_tot_m, 0) + coalesce(inj_m_grnd, 0) > 0 then 'MINR'
            when inj_tot_f is not null then 'NONE'
        end as counted_level
    from events
)

select source_row from counted
where reported in ('FATL', 'SERS', 'MINR', 'NONE') and reported <> counted_level
