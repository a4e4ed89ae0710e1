-- needs: events, injury
-- flags: events.* number of persons in the totals of the event differs from the sum over its rows in injury
-- eras: avall, pre2008
-- Persons on the ground have no rows. Lap children (LAPC) may also be counted as passengers, so that both sums are right. An unknown
-- or negative count makes the sum unknown. A null total is compared as 0, as NTSB leaves totals of 0 empty in events with rows.
with persons as (
    select
        ev_id, injury_level, sum(inj_person_count) as counted,
        coalesce(sum(inj_person_count) filter (where category = 'LAPC'), 0) as lap_children,
        bool_or(coalesce(inj_person_count, -1) < 0) as is_unknown
    from (
        -- `offset 0` computes each code once.
        select
            ev_id, convert.to_code(injury_level) as injury_level, convert.to_code(inj_person_category) as category, inj_person_count
        from injury
        offset 0
    ) as coded
    where category not in ('ABRD', 'TOTL')
    group by ev_id, injury_level
),

totals as (
    select events.source_row, events.ev_id, total.injury_level, total.source_column, total.persons
    from events
    cross join
        lateral (
            values
            ('FATL', 'inj_tot_f', events.inj_tot_f), ('SERS', 'inj_tot_s', events.inj_tot_s),
            ('MINR', 'inj_tot_m', events.inj_tot_m), ('NONE', 'inj_tot_n', events.inj_tot_n)
        ) as total (injury_level, source_column, persons)
)

select totals.source_row, totals.source_column
from totals
left join persons on totals.ev_id = persons.ev_id and totals.injury_level = persons.injury_level
where persons.is_unknown is not true
    and coalesce(totals.persons, 0) not between coalesce(persons.counted - persons.lap_children, 0) and coalesce(persons.counted, 0)
