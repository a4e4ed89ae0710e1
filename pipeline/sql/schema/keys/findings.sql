-- needs: findings, aircraft
-- grain: one row per finding about an aircraft, since 2008
alter table findings add primary key (ev_id, aircraft_key, finding_no);

-- Aircraft with a finding, or with a group of findings by the prefix of the code.
create index findings_finding_code on findings (finding_code text_pattern_ops);

alter table findings add foreign key (ev_id, aircraft_key) references aircraft;
