-- needs: tblfirsthalf, tblsecondhalf
-- flags: tblFirstHalf.RecNum a record whose second half (remarks, weather, flight times) is not in the file
select source_row from tblfirsthalf
where not exists (select from tblsecondhalf where tblsecondhalf.recnum = tblfirsthalf.recnum)
