-- needs: raw_tblfirsthalf
-- flags: tblFirstHalf.DATE_OCCURRENCE no date: the record is published, but belongs to no event, because event ids contain the date
select source_row from raw_tblfirsthalf
where coalesce(btrim(date_occurrence), '') = ''
