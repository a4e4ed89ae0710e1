-- needs: aircraft_codes, cause_groups, code_harmonization
-- grain: one row per aircraft: category, damage, operation, purpose, engine, phase, occurrence and causes in the harmonized codes
-- kind: materialized, key: ev_id, aircraft_key
-- Each value has a basis: exact or close (a reviewed mapping), none (the code has no counterpart), unmapped (the code is in no list) or
-- missing (there is no code). UNK is a value: NTSB states that it is not known. cause_groups lists all groups with a cause, in
-- alphabetical order; its basis is none where no group has a counterpart and unmapped where a group is in no list.
-- What kind of collision an occurrence is depends on the phase: a mapping of code and phase (`220 LANDING`) takes precedence.
-- Operation in 1962-1981 follows the purpose of the flight, else the type of operator; public aircraft (PUBU) always follow the operator.
-- column: category Harmonized category of the aircraft, in the codes of acft_category in current files; null where there is no value.
-- column: category_basis Basis of category: exact, close, none, unmapped or missing.
-- column: damage Harmonized damage: DEST, SUBS, MINR, NONE or UNK; null where there is no value.
-- column: damage_basis Basis of damage: exact, close, none, unmapped or missing.
-- column: operation Harmonized operation, in the codes of far_part in current files; null where there is no value.
-- column: operation_basis Basis of operation: exact, close, none, unmapped or missing.
-- column: purpose Harmonized purpose of the flight, in the codes of type_fly in current files; null where there is no value.
-- column: purpose_basis Basis of purpose: exact, close, none, unmapped or missing.
-- column: engine Harmonized engine type, in the codes of eng_type in current files; null where there is no value.
-- column: engine_basis Basis of engine: exact, close, none, unmapped or missing.
-- column: phase Harmonized broad phase of flight of the defining or first occurrence; null where there is no value.
-- column: phase_basis Basis of phase: exact, close, none, unmapped or missing.
-- column: occurrence Harmonized category of the defining or first occurrence, such as LOC-I; null where there is no value.
-- column: occurrence_basis Basis of occurrence: exact, close, none, unmapped or missing.
-- column: cause_groups Harmonized groups with a cause, in alphabetical order, separated by commas; null where there is no value.
-- column: cause_basis Basis of cause_groups: exact, close (at least one group), none, unmapped (at least one group) or missing.
with causes as (
    select
        cause_groups.ev_id,
        cause_groups.aircraft_key,
        string_agg(distinct code_harmonization.value collate "C", ', ' order by code_harmonization.value collate "C") as cause_groups,
        case
            when bool_or(code_harmonization.confidence is null) then 'unmapped'
            when bool_and(code_harmonization.confidence = 'none') then 'none'
            when bool_or(code_harmonization.confidence = 'close') then 'close'
            else 'exact'
        end as basis
    from cause_groups
    left join code_harmonization
        on code_harmonization.field = 'cause' and code_harmonization.era = cause_groups.code_list
        and code_harmonization.code = cause_groups.code
    group by cause_groups.ev_id, cause_groups.aircraft_key
)

select
    codes.ev_id, codes.aircraft_key, codes.era,
    category.value as category, basis.category as category_basis,
    damage.value as damage, basis.damage as damage_basis,
    case when purpose_rule.applies then operation_by_purpose.value else operation.value end as operation,
    basis.operation as operation_basis,
    purpose.value as purpose, basis.purpose as purpose_basis,
    engine.value as engine, basis.engine as engine_basis,
    phase.value as phase, basis.phase as phase_basis,
    case when occurrence_in_phase.code is null then occurrence.value else occurrence_in_phase.value end as occurrence,
    basis.occurrence as occurrence_basis,
    causes.cause_groups, coalesce(causes.basis, 'missing') as cause_basis
from aircraft_codes as codes
left join code_harmonization as category
    on category.field = 'category' and category.era = codes.era and category.code = codes.category
left join code_harmonization as damage on damage.field = 'damage' and damage.era = codes.era and damage.code = codes.damage
left join code_harmonization as operation
    on operation.field = 'operation' and operation.era = codes.era and operation.code = codes.operation
left join code_harmonization as purpose on purpose.field = 'purpose' and purpose.era = codes.era and purpose.code = codes.purpose
left join code_harmonization as engine on engine.field = 'engine' and engine.era = codes.era and engine.code = codes.engine
left join code_harmonization as phase on phase.field = 'phase' and phase.era = codes.step_list and phase.code = codes.phase
left join code_harmonization as occurrence
    on occurrence.field = 'occurrence' and occurrence.era = codes.step_list and occurrence.code = codes.occurrence
left join code_harmonization as occurrence_in_phase
    on occurrence_in_phase.field = 'occurrence' and occurrence_in_phase.era = codes.step_list
    and occurrence_in_phase.code = codes.occurrence || ' ' || phase.value
left join code_harmonization as operation_by_purpose
    on operation_by_purpose.field = 'operation_by_purpose' and operation_by_purpose.era = codes.era
    and operation_by_purpose.code = codes.purpose
left join causes on codes.ev_id = causes.ev_id and codes.aircraft_key = causes.aircraft_key
cross join lateral (
    select operation_by_purpose.value <> '' and coalesce(operation.value, '') <> 'PUBU' as applies
) as purpose_rule
cross join lateral (
    select
        case when codes.category is null then 'missing' else coalesce(category.confidence, 'unmapped') end as category,
        case when codes.damage is null then 'missing' else coalesce(damage.confidence, 'unmapped') end as damage,
        case
            when purpose_rule.applies then operation_by_purpose.confidence
            when codes.operation is null then 'missing' else coalesce(operation.confidence, 'unmapped')
        end as operation,
        case when codes.purpose is null then 'missing' else coalesce(purpose.confidence, 'unmapped') end as purpose,
        case when codes.engine is null then 'missing' else coalesce(engine.confidence, 'unmapped') end as engine,
        case when codes.phase is null then 'missing' else coalesce(phase.confidence, 'unmapped') end as phase,
        case
            when codes.occurrence is null then 'missing'
            else coalesce(occurrence_in_phase.confidence, occurrence.confidence, 'unmapped')
        end as occurrence
) as basis
