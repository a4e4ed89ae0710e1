-- needs: tblfirsthalf, codes
-- grain: one row per field and code that rows of 1962-1981 bear; meaning is null where the code is explained nowhere
-- kind: materialized, key: field, code
-- home: code_mappings
with used as (
    select stated.field, upper(btrim(stated.code)) as code, count(*) as times
    from tblfirsthalf as half
    cross join lateral (
        values
        ('LOCAT_STATE_TERR', half.locat_state_terr), ('ACC_INC_CLASS', half.acc_inc_class),
        ('TYPE_CRAFT', half.type_craft), ('TYPE_POWER', half.type_power), ('ACFT_ADAMG', half.acft_adamg),
        ('TYPE_OPERATOR', half.type_operator), ('KIND_FLY_GENA', half.kind_fly_gena),
        ('ACCIDENT_TYPE', half.accident_type1), ('ACCIDENT_TYPE', half.accident_type2),
        ('OPERATION_PHASE', half.operation_phase1), ('OPERATION_PHASE', half.operation_phase2),
        ('LIGHT_COND', half.light_cond), ('TYPE_WEATHR', half.type_weathr), ('FLIGHT_PLAN', half.flight_plan),
        ('INJURY_INDEX', half.injury_index), ('PILOT_INVOLED', half.pilot_involed1),
        ('PILOT_INVOLED', half.pilot_involed2), ('ACFT_MAKE_CODE', half.acft_make_code),
        ('CAUSE_FACTOR', half.cause_factor_1p || btrim(coalesce(half.cause_factor_1s, ''))),
        ('CAUSE_FACTOR', half.cause_factor_2p || btrim(coalesce(half.cause_factor_2s, ''))),
        ('CAUSE_FACTOR', half.cause_factor_3p || btrim(coalesce(half.cause_factor_3s, ''))),
        ('CAUSE_FACTOR', half.cause_factor_4p || btrim(coalesce(half.cause_factor_4s, ''))),
        ('CAUSE_FACTOR', half.cause_factor_5p || btrim(coalesce(half.cause_factor_5s, ''))),
        ('CAUSE_FACTOR', half.cause_factor_6p || btrim(coalesce(half.cause_factor_6s, ''))),
        ('CAUSE_FACTOR', half.cause_factor_7p || btrim(coalesce(half.cause_factor_7s, ''))),
        ('CAUSE_FACTOR', half.cause_factor_8p || btrim(coalesce(half.cause_factor_8s, ''))),
        ('CAUSE_FACTOR', half.cause_factor_9p || btrim(coalesce(half.cause_factor_9s, ''))),
        ('CAUSE_FACTOR', half.cause_factor_10p || btrim(coalesce(half.cause_factor_10s, '')))
    ) as stated (field, code)
    where btrim(stated.code) <> ''
    group by stated.field, upper(btrim(stated.code))
)

select
    used.field,
    used.code,
    used.times,
    codes.meaning,
    codes.origin
from used
left join codes on used.field = codes.field and used.code = codes.code
