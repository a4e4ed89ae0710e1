-- needs: finding_causes, seq_of_events, pre1982_causes
-- grain: one row per aircraft, code list and code of a group of causes that NTSB names; none of them comes first
-- kind: view
-- Since 2008 the category of a finding, before it the first two digits of a subject, in 1962-1981 the P of a cause. Factors are left out
-- where they can be told from causes; findings that are one of the two count.
select distinct ev_id, aircraft_key, 'avall' as code_list, lpad(category_no, 2, '0') as code
from finding_causes
where role in ('CAUSE', 'CAUSE OR FACTOR') and category_no <> ''
union all
select distinct ev_id, aircraft_key, 'pre2008' as code_list, left(subj_code::text, 2) as code
from seq_of_events
where upper(btrim(cause_factor)) = 'C' and subj_code between 10000 and 99999 and era <> 'pre1982'
union all
-- A, B and C: cause of the first occurrence, of the second, of both.
select distinct ev_id, aircraft_key, 'pre1982' as code_list, upper(btrim(group_code)) as code
from pre1982_causes
where upper(btrim(relation_code)) in ('A', 'B', 'C') and btrim(group_code) <> ''
