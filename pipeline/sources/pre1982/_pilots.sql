-- needs: tblfirsthalf, accident
-- grain: temporary view pilot: one row per pilot involved, at most two per aircraft, in an event

-- Pilot fields consist of a value and one more character: the letter of the role or, in later batches, the last digit repeated
-- ('46A' is 46, '477' is 47, '004355' is 435; 'ZA' is unknown, a single letter is blank). They are parsed by position: removing
-- all other characters would give a pilot of 477 years. Role blank or 0: no such pilot. Ages 00 and 99 are fillers.
create or replace temporary view pilot as
select
    accident.ev_id,
    accident.aircraft_key,
    accident.recnum,
    slot.crew_no,
    slot.role,
    case when slot.age ~ '^[0-9]{2}.?$' and slot.age !~ '^(00|99)' then left(slot.age, 2)::integer end as age,
    case when slot.hours ~ '^[0-9]{5}.?$' then left(slot.hours, 5)::real end as hours,
    case when slot.hours_in_type ~ '^[0-9]{5}.?$' then left(slot.hours_in_type, 5)::real end as hours_in_type,
    case when length(slot.medical) = 2 then left(slot.medical, 1) end as medical,
    case when length(slot.certificate) = 2 then left(slot.certificate, 1) end as certificate,
    case when length(slot.rating) = 2 then left(slot.rating, 1) end as rating,
    -- at_controls is the letter of a role; any other letter does not identify a pilot.
    case when t.at_controls in ('A', 'B', 'C', 'D') then t.at_controls = slot.role end as was_flying,
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
    ) as slot (crew_no, role, age, hours, hours_in_type, medical, certificate, rating)
where slot.role not in ('', '0');
