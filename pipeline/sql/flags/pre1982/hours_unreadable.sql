-- needs: tblfirsthalf
-- flags: tblFirstHalf.* hours that cannot be read: not five digits and the role's character, nor Z and that character
-- A lone B, C or D is the role of the second pilot with nothing before it, which is a blank.
select pilot.source_row, pilot.source_column
from tblfirsthalf
cross join
    lateral (
        values
        (tblfirsthalf.source_row, 'hours_total_pilot1', tblfirsthalf.hours_total_pilot1, ''),
        (tblfirsthalf.source_row, 'hours_total_pilot2', tblfirsthalf.hours_total_pilot2, '^[B-D]$'),
        (tblfirsthalf.source_row, 'hours_in_type_pilot1', tblfirsthalf.hours_in_type_pilot1, ''),
        (tblfirsthalf.source_row, 'hours_in_type_pilot2', tblfirsthalf.hours_in_type_pilot2, '^[B-D]$')
    ) as pilot (source_row, source_column, stated, blank)
where pilot.stated <> ''
    and pilot.stated !~ '^([0-9]{5}.?|Z[A-D])$'
    and (pilot.blank = '' or pilot.stated !~ pilot.blank)
