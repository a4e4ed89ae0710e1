-- needs: pilot, tblsecondhalf
-- grain: one row per pilot of 1962-1981, type of flight time and type of aircraft with reported hours; 0 is a reported value
select
    ev_id, aircraft_key, crew_no, 'TOTL' as flight_type, 'ALL' as flight_craft, hours as flight_hours, source_row
from pilot
where hours is not null
union all
select ev_id, aircraft_key, crew_no, 'TOTL', 'MAKE', hours_in_type, source_row
from pilot
where hours_in_type is not null
union all
-- The second half has one set of times, those of the first pilot, in whole hours without a role character.
select pilot.ev_id, pilot.aircraft_key, 1, reported.flight_type, reported.flight_craft, reported.hours::real, t.source_row
from pilot
inner join tblsecondhalf as t on pilot.recnum = t.recnum
cross join
    lateral (
        values
        ('TOTL', 'NGHT', t.night_time_total), ('TOTL', 'ACTU', t.instrmt_time_act), ('TOTL', 'SIMU', t.instrmt_time_sim),
        ('L30D', 'ACTU', t.act_time_instm_30d), ('L24H', 'ALL', t.pilot_time_24h), ('L30D', 'ALL', t.pilot_time_30d),
        ('L90D', 'ALL', t.pilot_time_90d)
    ) as reported (flight_type, flight_craft, hours)
where pilot.crew_no = 1 and reported.hours ~ '^[0-9]{1,5}$'
