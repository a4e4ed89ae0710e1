-- needs: tblseqofevents, tblfirsthalf
-- grain: one row per cause or factor of an occurrence in 1962-1981; two rows if it applies to both occurrences
alter table tblseqofevents add primary key (recnum, id);
alter table tblseqofevents add foreign key (recnum) references tblfirsthalf;
