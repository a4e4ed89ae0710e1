-- needs: raw_tblfirsthalf
-- flags: tblFirstHalf.TIME_OCCUR not four digits, or not a time of day
-- Reads the raw text: two blanks in a field of four are neither a time nor an empty field. 2400 is not a time.
select source_row from raw_tblfirsthalf
where time_occur <> '' and time_occur <> '    ' and time_occur !~ '^([01][0-9]|2[0-3])[0-5][0-9]$'
