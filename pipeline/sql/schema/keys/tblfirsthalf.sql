-- needs: tblfirsthalf
-- grain: one row per aircraft in an event of 1962-1981, first half of its record: circumstances, location, pilots, causes, injuries
alter table tblfirsthalf add primary key (recnum);
