-- needs: finding_causes, seq_of_events, aircraft, tblfirsthalf
-- grain: one row per aircraft, code list and code of a group of causes that NTSB names; none of them comes first
-- kind: view
-- Since 2008 the category of a finding, before it the first two digits of a subject, in 1962-1981 the P of a cause. Factors are left out
-- where they can be told from causes; findings that are one of the two count.
select distinct ev_id, aircraft_key, 'avall' as code_list, lpad(category_no, 2, '0') as code
from finding_causes
where role in ('CAUSE', 'CAUSE OR FACTOR') and category_no <> ''
union
select distinct ev_id, aircraft_key, 'pre2008' as code_list, left(subj_code::text, 2) as code
from seq_of_events
where upper(btrim(cause_factor)) = 'C' and subj_code between 10000 and 99999 and era <> 'pre1982'
union
-- A, B and C: cause of the first occurrence, of the second, of both.
select distinct aircraft.ev_id, aircraft.aircraft_key, 'pre1982' as code_list, upper(btrim(stated.p)) as code
from aircraft
inner join tblfirsthalf as half
    on aircraft.source_row = half.source_row and aircraft.source_file = half.source_file and aircraft.era = 'pre1982'
cross join lateral (
    values
    (half.cause_factor_1p, half.cause_factor_1m), (half.cause_factor_2p, half.cause_factor_2m),
    (half.cause_factor_3p, half.cause_factor_3m), (half.cause_factor_4p, half.cause_factor_4m),
    (half.cause_factor_5p, half.cause_factor_5m), (half.cause_factor_6p, half.cause_factor_6m),
    (half.cause_factor_7p, half.cause_factor_7m), (half.cause_factor_8p, half.cause_factor_8m),
    (half.cause_factor_9p, half.cause_factor_9m), (half.cause_factor_10p, half.cause_factor_10m)
) as stated (p, m)
where upper(btrim(stated.m)) in ('A', 'B', 'C') and btrim(stated.p) <> ''
