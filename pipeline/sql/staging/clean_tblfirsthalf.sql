-- needs: tblfirsthalf
-- grain: one row per aircraft record of 1962-1981 (tblfirsthalf), with the codes that views harmonize trimmed and in upper case
-- kind: view
-- schema: staging
-- Published rows of 1962-1981 carry the source file and row of this record: that is how they are joined.
select
    recnum,
    upper(btrim(type_craft)) as type_craft_code,
    upper(btrim(type_power)) as type_power_code,
    upper(btrim(acft_adamg)) as acft_adamg_code,
    upper(btrim(type_operator)) as type_operator_code,
    upper(btrim(name_comm_carr)) as name_comm_carr_code,
    upper(btrim(kind_fly_gena)) as kind_fly_gena_code,
    upper(btrim(accident_type1)) as accident_type1_code,
    upper(btrim(operation_phase1)) as operation_phase1_code,
    upper(btrim(light_cond)) as light_cond_code,
    upper(btrim(type_weathr)) as type_weathr_code,
    upper(btrim(injury_index)) as injury_index_code,
    source_file,
    source_row
from tblfirsthalf
