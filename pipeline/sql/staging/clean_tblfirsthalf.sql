-- needs: tblfirsthalf
-- grain: one row per aircraft record of 1962-1981 (tblfirsthalf), with the codes that views harmonize trimmed and in upper case
-- kind: view
-- schema: staging
-- Published rows of 1962-1981 carry the source file and row of this record: that is how they are joined.
-- column: type_craft_code Code type_craft, trimmed and in upper case (code list TYPE_CRAFT).
-- column: type_power_code Code type_power, trimmed and in upper case (code list TYPE_POWER).
-- column: acft_adamg_code Code acft_adamg, trimmed and in upper case (code list ACFT_ADAMG).
-- column: type_operator_code Code type_operator, trimmed and in upper case (code list TYPE_OPERATOR).
-- column: name_comm_carr_code Code name_comm_carr, trimmed and in upper case (code list NAME_COMM_CARR).
-- column: kind_fly_gena_code Code kind_fly_gena, trimmed and in upper case (code list KIND_FLY_GENA).
-- column: accident_type1_code Code accident_type1, trimmed and in upper case (code list ACCIDENT_TYPE).
-- column: operation_phase1_code Code operation_phase1, trimmed and in upper case (code list OPERATION_PHASE).
-- column: light_cond_code Code light_cond, trimmed and in upper case (code list LIGHT_COND).
-- column: type_weathr_code Code type_weathr, trimmed and in upper case (code list TYPE_WEATHR).
-- column: injury_index_code Code injury_index, trimmed and in upper case (code list INJURY_INDEX).
select
    recnum,
    convert.to_code(type_craft) as type_craft_code,
    convert.to_code(type_power) as type_power_code,
    convert.to_code(acft_adamg) as acft_adamg_code,
    convert.to_code(type_operator) as type_operator_code,
    convert.to_code(name_comm_carr) as name_comm_carr_code,
    convert.to_code(kind_fly_gena) as kind_fly_gena_code,
    convert.to_code(accident_type1) as accident_type1_code,
    convert.to_code(operation_phase1) as operation_phase1_code,
    convert.to_code(light_cond) as light_cond_code,
    convert.to_code(type_weathr) as type_weathr_code,
    convert.to_code(injury_index) as injury_index_code,
    source_file,
    source_row
from tblfirsthalf
