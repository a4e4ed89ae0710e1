-- needs: tblfirsthalf
-- flags: tblFirstHalf.DATE_OCCURRENCE not in 1962 to 1981, the years of this database; the date of the event is left empty
select source_row from tblfirsthalf
where date_occurrence < '1962-01-01' or date_occurrence > '1981-12-31'
