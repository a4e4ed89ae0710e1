-- needs: finding_causes, seq_of_events, pre1982_causes
-- grain: one row per aircraft, code list and code of a group of causes that NTSB states, in no particular order
-- kind: view
-- The group is the category of a finding since 2008, the first two digits of the subject code in 1982-2007, and the group code of a cause
-- in 1962-1981. Factors are left out where they can be distinguished from causes; findings that are one or the other are included.
-- column: code_list Code list of the group: avall (findings), pre2008 (seq_of_events) or pre1982 (pre1982_causes).
-- column: code Code of the group of causes: the first two characters of the code of a finding, subject or cause.
select distinct ev_id, aircraft_key, 'avall' as code_list, lpad(category_no, 2, '0') as code
from finding_causes
where role in ('CAUSE', 'CAUSE OR FACTOR') and category_no <> ''
union all
select distinct ev_id, aircraft_key, 'pre2008' as code_list, left(subj_code::text, 2) as code
from seq_of_events
where convert.to_code(cause_factor) = 'C' and subj_code between 10000 and 99999 and not mart.is_record_era(era)
union all
-- A, B and C: cause of the first occurrence, of the second one, of both.
select distinct ev_id, aircraft_key, 'pre1982' as code_list, convert.to_code(group_code) as code
from pre1982_causes
where convert.to_code(relation_code) in ('A', 'B', 'C') and convert.to_code(group_code) <> ''
