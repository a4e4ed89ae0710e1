-- needs: tblfirsthalf, tblsecondhalf
-- flags: tblFirstHalf.RecNum the second half of the record (remarks, weather, flight times) is missing from the file
select source_row from tblfirsthalf
where not exists (select from tblsecondhalf where tblsecondhalf.recnum = tblfirsthalf.recnum)
