-- needs: tblfirsthalf
-- flags: tblFirstHalf.* an age that cannot be read: not two digits and the role's character, nor Z and that character
-- 00 and 99 fill the field and are no ages of pilots. A lone B, C or D is the role of the second pilot with nothing
-- before it, which is a blank; the first pilot's column is as wide as its value and its role.
select pilot.source_row, pilot.source_column
from tblfirsthalf
cross join
    lateral (
        values
        (tblfirsthalf.source_row, 'age_pilot1', tblfirsthalf.age_pilot1, ''),
        (tblfirsthalf.source_row, 'age_pilot2', tblfirsthalf.age_pilot2, '^[B-D]$')
    ) as pilot (source_row, source_column, stated, blank)
where pilot.stated <> ''
    and (pilot.stated !~ '^([0-9]{2}.?|Z[A-D])$' or pilot.stated ~ '^(00|99)')
    and (pilot.blank = '' or pilot.stated !~ pilot.blank)
