-- needs: tblfirsthalf, accident, meaning
-- grain: one row per cause, factor or related condition (CAUSE_FACTOR_nP, nM, nS) in an event of 1962-1981
-- The code is P and S concatenated; P alone is its group. M does not modify the code: it tells cause, factor or related condition,
-- and the occurrence (first, second or both), which tblSeqOfEvents confirms.
select
    accident.ev_id,
    accident.aircraft_key,
    triplet.cause_no,
    concat(triplet.p, triplet.s) as cause_code,
    cause.meaning as cause_meaning,
    nullif(triplet.p, '') as group_code,
    code_group.meaning as group_meaning,
    nullif(triplet.m, '') as relation_code,
    case
        when triplet.m in ('A', 'B', 'C') then 'cause'
        when triplet.m in ('J', 'K', 'L') then 'factor'
        when triplet.m in ('1', '2', '3') then 'related'
    end as relation,
    case when triplet.m in ('A', 'B', 'C', 'J', 'K', 'L', '1', '2', '3') then triplet.m in ('A', 'C', 'J', 'L', '1', '3') end
        as on_first_occurrence,
    case when triplet.m in ('A', 'B', 'C', 'J', 'K', 'L', '1', '2', '3') then triplet.m in ('B', 'C', 'K', 'L', '2', '3') end
        as on_second_occurrence,
    t.source_row
from accident
inner join tblfirsthalf as t on accident.recnum = t.recnum
cross join
    lateral (
        values
        (1, t.cause_factor_1p, t.cause_factor_1m, t.cause_factor_1s),
        (2, t.cause_factor_2p, t.cause_factor_2m, t.cause_factor_2s),
        (3, t.cause_factor_3p, t.cause_factor_3m, t.cause_factor_3s),
        (4, t.cause_factor_4p, t.cause_factor_4m, t.cause_factor_4s),
        (5, t.cause_factor_5p, t.cause_factor_5m, t.cause_factor_5s),
        (6, t.cause_factor_6p, t.cause_factor_6m, t.cause_factor_6s),
        (7, t.cause_factor_7p, t.cause_factor_7m, t.cause_factor_7s),
        (8, t.cause_factor_8p, t.cause_factor_8m, t.cause_factor_8s),
        (9, t.cause_factor_9p, t.cause_factor_9m, t.cause_factor_9s),
        (10, t.cause_factor_10p, t.cause_factor_10m, t.cause_factor_10s)
    ) as triplet (cause_no, p, m, s)
left join meaning as cause on cause.field = 'CAUSE_FACTOR' and cause.code = concat(triplet.p, triplet.s)
left join meaning as code_group on code_group.field = 'CAUSE_FACTOR' and triplet.p = code_group.code
where concat(triplet.p, triplet.m, triplet.s) <> ''
