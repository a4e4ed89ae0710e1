-- needs: tblfirsthalf
-- flags: tblFirstHalf.* age cannot be read: neither two digits and the role character, nor Z and the role character
-- 00 and 99 are fillers, not ages. A single B, C or D in the second pilot's column is the role of that pilot after a blank age; the
-- first pilot's column is exactly as wide as an age and a role.
select pilot.source_row, pilot.source_column
from tblfirsthalf
cross join
    lateral (
        values
        (tblfirsthalf.source_row, 'age_pilot1', tblfirsthalf.age_pilot1, ''),
        (tblfirsthalf.source_row, 'age_pilot2', tblfirsthalf.age_pilot2, '^[B-D]$')
    ) as pilot (source_row, source_column, value, blank_pattern)
where pilot.value <> ''
    and (pilot.value !~ '^([0-9]{2}.?|Z[A-D])$' or pilot.value ~ '^(00|99)')
    and (pilot.blank_pattern = '' or pilot.value !~ pilot.blank_pattern)
