-- needs: tblfirsthalf, accident
-- grain: temporary view: pilot, one row per pilot involved, at most two per aircraft, in an event that has a date

-- Pilot fields are values with one more character behind: the role's letter, or in later batches the last digit again
-- ('46A', '477' is 47; '004355' is 435; 'ZA' unknown, a lone letter blank). They are read by position: taking out all
-- that is no digit would make a pilot of 477 years. Blank and 0 for a role: no such pilot. Ages of 00 and 99 are none.
create or replace temporary view pilot as
select
    accident.ev_id,
    accident.aircraft_key,
    accident.recnum,
    stated.crew_no,
    stated.role,
    case when stated.age ~ '^[0-9]{2}.?$' and stated.age !~ '^(00|99)' then left(stated.age, 2)::integer end as age,
    case when stated.hours ~ '^[0-9]{5}.?$' then left(stated.hours, 5)::real end as hours,
    case when stated.hours_in_type ~ '^[0-9]{5}.?$' then left(stated.hours_in_type, 5)::real end as hours_in_type,
    case when length(stated.medical) = 2 then left(stated.medical, 1) end as medical,
    case when length(stated.certificate) = 2 then left(stated.certificate, 1) end as certificate,
    case when length(stated.rating) = 2 then left(stated.rating, 1) end as rating,
    -- Who was at the controls, in the letters of the roles; any other letter says nothing of this pilot.
    case when t.at_controls in ('A', 'B', 'C', 'D') then t.at_controls = stated.role end as was_flying,
    t.source_row
from accident
inner join tblfirsthalf as t on accident.recnum = t.recnum
cross join
    lateral (
        values
        (1, t.pilot_involed1, t.age_pilot1, t.hours_total_pilot1, t.hours_in_type_pilot1, t.medical_cert_pilot1,
            t.certificate_pilot1, t.rating_1),
        (2, t.pilot_involed2, t.age_pilot2, t.hours_total_pilot2, t.hours_in_type_pilot2, t.medical_cert_pilot2,
            t.certificate_pilot2, t.rating_2)
    ) as stated (crew_no, role, age, hours, hours_in_type, medical, certificate, rating)
where stated.role not in ('', '0');
