-- needs: tblfirsthalf, codes
-- grain: one row per field and code that rows of 1962-1981 bear; meaning is null where the code is explained nowhere
-- kind: materialized, key: field, code
-- home: code_mappings
with stated as (
    -- Field and code in one text: 28 of them in each of 87,000 rows, so they are counted first and parted then.
    select unnest(array[
        'LOCAT_STATE_TERR=' || locat_state_terr, 'ACC_INC_CLASS=' || acc_inc_class,
        'TYPE_CRAFT=' || type_craft, 'TYPE_POWER=' || type_power, 'ACFT_ADAMG=' || acft_adamg,
        'TYPE_OPERATOR=' || type_operator, 'KIND_FLY_GENA=' || kind_fly_gena,
        'ACCIDENT_TYPE=' || accident_type1, 'ACCIDENT_TYPE=' || accident_type2,
        'OPERATION_PHASE=' || operation_phase1, 'OPERATION_PHASE=' || operation_phase2,
        'LIGHT_COND=' || light_cond, 'TYPE_WEATHR=' || type_weathr, 'FLIGHT_PLAN=' || flight_plan,
        'INJURY_INDEX=' || injury_index, 'PILOT_INVOLED=' || pilot_involed1,
        'PILOT_INVOLED=' || pilot_involed2, 'ACFT_MAKE_CODE=' || acft_make_code,
        'CAUSE_FACTOR=' || cause_factor_1p || btrim(coalesce(cause_factor_1s, '')),
        'CAUSE_FACTOR=' || cause_factor_2p || btrim(coalesce(cause_factor_2s, '')),
        'CAUSE_FACTOR=' || cause_factor_3p || btrim(coalesce(cause_factor_3s, '')),
        'CAUSE_FACTOR=' || cause_factor_4p || btrim(coalesce(cause_factor_4s, '')),
        'CAUSE_FACTOR=' || cause_factor_5p || btrim(coalesce(cause_factor_5s, '')),
        'CAUSE_FACTOR=' || cause_factor_6p || btrim(coalesce(cause_factor_6s, '')),
        'CAUSE_FACTOR=' || cause_factor_7p || btrim(coalesce(cause_factor_7s, '')),
        'CAUSE_FACTOR=' || cause_factor_8p || btrim(coalesce(cause_factor_8s, '')),
        'CAUSE_FACTOR=' || cause_factor_9p || btrim(coalesce(cause_factor_9s, '')),
        'CAUSE_FACTOR=' || cause_factor_10p || btrim(coalesce(cause_factor_10s, ''))
    ]) as pair
    from tblfirsthalf
),

spelled as (
    select pair, count(*) as times
    from stated
    group by pair
),

used as (
    select
        split_part(pair, '=', 1) as field,
        upper(btrim(substr(pair, strpos(pair, '=') + 1))) as code,
        sum(times)::bigint as times
    from spelled
    where btrim(substr(pair, strpos(pair, '=') + 1)) <> ''
    group by split_part(pair, '=', 1), upper(btrim(substr(pair, strpos(pair, '=') + 1)))
)

select
    used.field,
    used.code,
    used.times,
    codes.meaning,
    codes.origin
from used
left join codes on used.field = codes.field and used.code = codes.code
