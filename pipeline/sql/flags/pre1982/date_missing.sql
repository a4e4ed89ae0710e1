-- needs: raw_tblfirsthalf
-- flags: tblFirstHalf.DATE_OCCURRENCE no date: the record is kept, and belongs to no event, because nothing names its day
select source_row from raw_tblfirsthalf
where coalesce(btrim(date_occurrence), '') = ''
