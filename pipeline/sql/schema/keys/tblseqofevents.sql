-- needs: tblseqofevents, tblfirsthalf
-- grain: one row per cause or factor of an occurrence, 1962-1981; two rows where it bears on both
alter table tblseqofevents add primary key (recnum, id);

-- The aircraft with a cause or factor.
create index tblseqofevents_cfcode on tblseqofevents (cfcode);

alter table tblseqofevents add foreign key (recnum) references tblfirsthalf;
