-- needs: tblfirsthalf
-- grain: one row per aircraft in an event of 1962-1981: what happened, where, who flew, causes, injuries
alter table tblfirsthalf add primary key (recnum);

-- The aircraft rows of one event: same docket on the same day.
create index tblfirsthalf_date_occurrence_docket_no on tblfirsthalf (date_occurrence, docket_no);
