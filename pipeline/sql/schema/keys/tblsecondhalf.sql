-- needs: tblsecondhalf, tblfirsthalf
-- grain: one row per aircraft in an event of 1962-1981, second half of its record: remarks, weather, flight times, impact, equipment
alter table tblsecondhalf add primary key (recnum);
alter table tblsecondhalf add foreign key (recnum) references tblfirsthalf;
