-- needs: tblfirsthalf
-- flags: tblFirstHalf.DATE_OCCURRENCE date outside 1962 to 1981, the years of this database; ev_date of the event is null
select source_row from tblfirsthalf
where date_occurrence < '1962-01-01' or date_occurrence > '1981-12-31'
