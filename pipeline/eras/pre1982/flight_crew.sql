-- needs: tblfirsthalf, accident, decoded
-- grain: one row per pilot involved, at most two per aircraft, in an event of 1962-1981 that has a date
-- Pilot fields are values with one more character behind: the role's letter, or in later batches the last digit again
-- ('46A', '477' is 47; 'ZA' unknown, a lone letter blank). They are read by position: taking out all that is no digit
-- would make a pilot of 477 years. An age of 0 is no age.
select
    accident.ev_id,
    accident.aircraft_key,
    pilot.crew_no,
    crew.modern as crew_category,
    case when pilot.age ~ '^[0-9]{2}.?$' then nullif(left(pilot.age, 2)::integer, 0) end as crew_age,
    -- Who was at the controls, in the letters of the roles; any other letter says nothing of this pilot.
    case when stated.at_controls in ('A', 'B', 'C', 'D') then stated.at_controls = pilot.role end as pilot_flying,
    stated.source_row
from accident
inner join tblfirsthalf as stated on accident.recnum = stated.recnum
cross join
    lateral (
        values
        (1, stated.pilot_involed1, stated.age_pilot1),
        (2, stated.pilot_involed2, stated.age_pilot2)
    ) as pilot (crew_no, role, age)
left join decoded as crew on crew.field = 'PILOT_INVOLED' and pilot.role = crew.code
-- Blank and 0: no such pilot.
where pilot.role not in ('', '0')
