-- needs: tbloccurrences, tblfirsthalf
-- grain: one row per occurrence in the accident sequence of an aircraft in 1962-1981
alter table tbloccurrences add primary key (recnum, id);
alter table tbloccurrences add foreign key (recnum) references tblfirsthalf;
