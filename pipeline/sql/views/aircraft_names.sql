-- needs: aircraft, make_alias, model_alias
-- grain: one row per aircraft: make and model as written and under their standard name, with the line of the list that maps them
-- kind: materialized, key: ev_id, aircraft_key
-- exact: the name of the list, apart from case, spaces and punctuation; alias: another spelling of it; none: not in the list, which
-- holds the most frequent names only; missing: no text. A model is looked up under its make's standard name. Nothing is guessed.
-- column: make Standard name of the make; null where acft_make is missing or not in the list of makes.
-- column: make_confidence How acft_make matches the list: exact, alias (another spelling), none (not in the list) or missing (no text).
-- column: make_rule Line of make_alias that applies, as makes:<line>; null where none does.
-- column: model Standard name of the model of that make; null where acft_model is missing or not in the list of models.
-- column: model_confidence How acft_model matches the list: exact, alias (another spelling), none (not in the list) or missing (no text).
-- column: model_rule Line of model_alias that applies, as models:<line>; null where none does.
-- column: make_group Name to count by: make, otherwise acft_make in upper case, its letters and digits in words; null where it is missing.
-- column: model_group Name to count by: model, otherwise the letters and digits of acft_model in upper case; null where it is missing.
with spellings as (
    -- Each spelling is looked up once, which is why the result is materialized. Null counts as an empty string.
    select distinct coalesce(acft_make, '') as acft_make, coalesce(acft_model, '') as acft_model
    from aircraft
),

normalized as (
    select
        acft_make,
        acft_model,
        nullif(btrim(regexp_replace(upper(acft_make), '[^A-Z0-9]+', ' ', 'g')), '') as make_key,
        nullif(regexp_replace(upper(acft_model), '[^A-Z0-9]+', '', 'g'), '') as model_key,
        upper(convert.to_words(acft_model)) as model_written
    from spellings
),

named as materialized (
    select
        normalized.acft_make,
        normalized.acft_model,
        make_alias.make,
        case when normalized.make_key is null then 'missing' else coalesce(make_alias.confidence, 'none') end as make_confidence,
        'makes:' || make_alias.line as make_rule,
        model_alias.model,
        case
            when normalized.model_key is null then 'missing'
            when model_alias.model is null then 'none'
            when model_alias.model = normalized.model_written then 'exact'
            else 'alias'
        end as model_confidence,
        'models:' || model_alias.line as model_rule,
        coalesce(make_alias.make, normalized.make_key) as make_group,
        coalesce(model_alias.model, normalized.model_key) as model_group
    from normalized
    left join make_alias on normalized.make_key = make_alias.written
    left join model_alias on make_alias.make = model_alias.make and normalized.model_key = model_alias.written
)

select
    aircraft.ev_id,
    aircraft.aircraft_key,
    aircraft.era,
    aircraft.acft_make,
    named.make,
    named.make_confidence,
    named.make_rule,
    aircraft.acft_model,
    named.model,
    named.model_confidence,
    named.model_rule,
    named.make_group,
    named.model_group
from aircraft
inner join named
    on coalesce(aircraft.acft_make, '') = named.acft_make and coalesce(aircraft.acft_model, '') = named.acft_model
