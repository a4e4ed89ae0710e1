-- needs: aircraft, make_alias, model_alias
-- grain: one row per aircraft: make and model as written and under their usual name, with the line of the list that says so
-- kind: materialized, key: ev_id, aircraft_key
-- exact: written as in the list, but for case, blanks and punctuation; alias: another way to write it; none: not in the list, which holds
-- the commonest names only; missing: nothing written. A model is looked up under its make's usual name. Nothing is guessed.
with spelled as (
    -- Each spelling is looked up once, hence materialized. Nothing written is as good as blank.
    select distinct coalesce(acft_make, '') as acft_make, coalesce(acft_model, '') as acft_model
    from aircraft
),

written as (
    select
        acft_make,
        acft_model,
        nullif(btrim(regexp_replace(upper(acft_make), '[^A-Z0-9]+', ' ', 'g')), '') as make_key,
        nullif(regexp_replace(upper(acft_model), '[^A-Z0-9]+', '', 'g'), '') as model_key,
        regexp_replace(upper(btrim(acft_model)), '\s+', ' ', 'g') as model_written
    from spelled
),

named as materialized (
    select
        written.acft_make,
        written.acft_model,
        make_alias.make,
        case when written.make_key is null then 'missing' else coalesce(make_alias.confidence, 'none') end as make_confidence,
        'makes:' || make_alias.line as make_rule,
        model_alias.model,
        case
            when written.model_key is null then 'missing'
            when model_alias.model is null then 'none'
            when model_alias.model = written.model_written then 'exact'
            else 'alias'
        end as model_confidence,
        'models:' || model_alias.line as model_rule
    from written
    left join make_alias on written.make_key = make_alias.written
    left join model_alias on make_alias.make = model_alias.make and written.model_key = model_alias.written
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
    named.model_rule
from aircraft
inner join named
    on coalesce(aircraft.acft_make, '') = named.acft_make and coalesce(aircraft.acft_model, '') = named.acft_model
