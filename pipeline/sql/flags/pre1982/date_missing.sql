-- needs: raw_tblfirsthalf
-- flags: tblFirstHalf.DATE_OCCURRENCE no date: the record is an event of its own, without a date
select source_row from raw_tblfirsthalf
where coalesce(btrim(date_occurrence), '') = ''
