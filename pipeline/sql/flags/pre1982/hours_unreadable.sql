-- needs: tblfirsthalf
-- flags: tblFirstHalf.* hours cannot be read: neither five digits and the role character, nor Z and the role character
-- A single B, C or D in the second pilot's column is the role of that pilot after blank hours.
select pilot.source_row, pilot.source_column
from tblfirsthalf
cross join
    lateral (
        values
        (tblfirsthalf.source_row, 'hours_total_pilot1', tblfirsthalf.hours_total_pilot1, ''),
        (tblfirsthalf.source_row, 'hours_total_pilot2', tblfirsthalf.hours_total_pilot2, '^[B-D]$'),
        (tblfirsthalf.source_row, 'hours_in_type_pilot1', tblfirsthalf.hours_in_type_pilot1, ''),
        (tblfirsthalf.source_row, 'hours_in_type_pilot2', tblfirsthalf.hours_in_type_pilot2, '^[B-D]$')
    ) as pilot (source_row, source_column, value, blank_pattern)
where pilot.value <> ''
    and pilot.value !~ '^([0-9]{5}.?|Z[A-D])$'
    and (pilot.blank_pattern = '' or pilot.value !~ pilot.blank_pattern)
