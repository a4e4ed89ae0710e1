-- needs: tblfirsthalf
-- grain: one row per aircraft in an event of 1962-1981, first half of its record: circumstances, location, pilots, causes, injuries
alter table tblfirsthalf add primary key (recnum);

-- Aircraft of one event: same docket on the same day.
create index tblfirsthalf_date_occurrence_docket_no on tblfirsthalf (date_occurrence, docket_no);
