-- needs: events, aircraft, engines, aircraft_names, aircraft_harmonized, aircraft_registry, make_alias
-- grain: one row per aircraft with a registration of the United States: its record in the registry of the user, if it is certain; empty without a registry
-- kind: materialized, key: ev_id, aircraft_key
-- functions: registry
-- Registrations are reused and aircraft change theirs. Methods are tried in order; the first that has an aircraft decides, and if it has
-- several, none is chosen. An aircraft of the registry is a registration with a serial number; records of one that was registered
-- several times are not ambiguous: that of the period of the event is used, otherwise the newest. A record whose aircraft
-- was manufactured after the year of the event is never used. The period begins with the last certificate: for most aircraft,
-- earlier ones are not in FAA's files.
-- column: registration Registration in regis_no: N, then up to five letters and digits.
-- column: match How the record was chosen: registration, serial number and date; registration and serial number (the date is outside the period); registration and date (NTSB or FAA has no serial number); serial number of at least four characters and model (with the make, under another registration). Otherwise ambiguous, contradicted (FAA has the registration for other aircraft or periods only), or none.
-- column: candidates Number of aircraft of the registry that the method has; null for contradicted and none.
-- column: registry_file File of the record: MASTER or DEREG; null where none is chosen.
-- column: registry_line Line of the record in its file.
-- column: registry_registration Registration of the record; differs from registration for a match by serial number and model.
-- column: icao_hex Mode S code (24-bit ICAO address) of the record in hexadecimal digits; it belongs to the registration, not to the aircraft.
-- column: registered_from Date of the last certificate of registration; null where FAA has none.
-- column: registered_until Date on which the registration was canceled; null if it was not.
-- column: date_in_period True where the date of the event is in the period from registered_from; null where an end of the period or the date is missing.
-- column: serial_agrees True where acft_serial_no and FAA's serial number have the same letters and digits; null where one is missing.
-- column: registry_make Manufacturer of the record, under its standard name where the list of makes has one.
-- column: registry_model Model of the record, as written by FAA.
-- column: year_manufactured Year of manufacture of the record; null where FAA has none.
-- column: year_agrees True where acft_year is year_manufactured; null where one is missing.
-- column: registry_engine Type of engine of the record in harmonized codes; null where FAA has none or has no such code.
-- column: engine_type_agrees True where it is the harmonized engine type of NTSB, turboprop and turboshaft being one; null where one is missing.
-- column: registry_engine_model Manufacturer and model of the engine of the record, as written by FAA.
-- column: engine_model_agrees True where a model of an engine in NTSB's rows and that of FAA begin with the same series, such as O320; null where one is missing.
with engine as (
    select ev_id, aircraft_key, array_agg(series order by series collate "C") as series
    from engines
    cross join lateral mart.engine_series(eng_model) as series
    where series is not null
    group by ev_id, aircraft_key
),

flown as materialized (
    select
        aircraft.ev_id, aircraft.aircraft_key, aircraft.era, written.registration, events.ev_date, aircraft.acft_year,
        mart.serial_key(aircraft.acft_serial_no) as serial, names.make_group,
        regexp_replace(upper(names.model_group), '[^A-Z0-9]', '', 'g') as model, harmonized.engine, engine.series
    from aircraft
    inner join events on aircraft.ev_id = events.ev_id
    inner join aircraft_names as names on aircraft.ev_id = names.ev_id and aircraft.aircraft_key = names.aircraft_key
    inner join aircraft_harmonized as harmonized
        on aircraft.ev_id = harmonized.ev_id and aircraft.aircraft_key = harmonized.aircraft_key
    left join engine on aircraft.ev_id = engine.ev_id and aircraft.aircraft_key = engine.aircraft_key
    cross join lateral (select regexp_replace(upper(aircraft.regis_no), '[^A-Z0-9]', '', 'g') as registration) as written
    where written.registration ~ '^N[1-9][A-Z0-9]{0,4}$' and exists (select from aircraft_registry)
),

registry as materialized (
    select
        record.list, record.line, 'N' || ltrim(record.n_number, '0') as registration, mart.serial_key(record.serial_number) as serial,
        record.certificate_date::date as registered_from, record.cancel_date::date as registered_until, record.icao_hex,
        -- Of a deregistered aircraft without a date, FAA does not say until when it was registered.
        case record.list when 'MASTER' then 'infinity' else record.cancel_date::date end as period_end,
        coalesce(make_alias.make, record.manufacturer) as make, record.model,
        nullif(regexp_replace(upper(record.model), '[^A-Z0-9]', '', 'g'), '') as model_key,
        record.year_manufactured::integer as year_manufactured, mart.registry_engine(record.engine_type) as engine,
        nullif(concat_ws(' ', record.engine_manufacturer, record.engine_model), '') as engine_model,
        mart.engine_series(record.engine_model) as series
    from aircraft_registry as record
    left join make_alias on btrim(regexp_replace(upper(record.manufacturer), '[^A-Z0-9]+', ' ', 'g')) = make_alias.written
),

compared as (
    select
        flown.ev_id, flown.aircraft_key, registry.*, true as is_same_registration,
        flown.serial = registry.serial as serial_agrees,
        flown.ev_date between registry.registered_from and registry.period_end as date_in_period,
        coalesce(registry.year_manufactured <= extract(year from flown.ev_date), true) as is_possible
    from flown
    inner join registry on flown.registration = registry.registration
    union all
    -- Serial numbers are unique within a model at best.
    select
        flown.ev_id, flown.aircraft_key, registry.*, false, true,
        flown.ev_date between registry.registered_from and registry.period_end, true
    from flown
    inner join registry
        on flown.serial = registry.serial and flown.make_group = registry.make and flown.registration <> registry.registration
    -- Amateur builders number their aircraft themselves: 1 and 001 are many aircraft.
    where length(flown.serial) > 3 and length(flown.model) > 2 and length(registry.model_key) > 2
        and (starts_with(registry.model_key, flown.model) or starts_with(flown.model, registry.model_key))
        and coalesce(registry.year_manufactured <= extract(year from flown.ev_date), true)
),

option as (
    select
        compared.*,
        case
            when not is_possible then null
            when not is_same_registration then 4
            when serial_agrees and date_in_period then 1
            when serial_agrees then 2
            when serial_agrees is null and date_in_period then 3
        end as step
    from compared
),

chosen as (
    select distinct on (ev_id, aircraft_key)
        option.*,
        count(*) filter (where is_first) over (partition by ev_id, aircraft_key, step)::integer as candidates
    from (
        select
            option.*,
            row_number() over (
                partition by ev_id, aircraft_key, step, registration, coalesce(serial, list || line)
                order by date_in_period desc nulls last, list desc, registered_from desc nulls last, line
            ) = 1 as is_first
        from option
    ) as option
    order by ev_id, aircraft_key, step nulls last, is_first desc, list desc, line
)

select
    flown.ev_id, flown.aircraft_key, flown.era, flown.registration,
    case
        when chosen.ev_id is null then 'none'
        when chosen.step is null then 'contradicted'
        when chosen.candidates > 1 then 'ambiguous'
        when chosen.step = 1 then 'registration, serial number and date'
        when chosen.step = 2 then 'registration and serial number'
        when chosen.step = 3 then 'registration and date'
        else 'serial number and model'
    end as match,
    case when chosen.step is not null then chosen.candidates end as candidates,
    record.list as registry_file, record.line as registry_line, record.registration as registry_registration, record.icao_hex,
    record.registered_from, record.registered_until,
    case when record.list is not null then chosen.date_in_period end as date_in_period,
    case when record.list is not null then chosen.serial_agrees end as serial_agrees,
    record.make as registry_make, record.model as registry_model, record.year_manufactured,
    record.year_manufactured = nullif(flown.acft_year, 0) as year_agrees,
    record.engine as registry_engine,
    replace(record.engine, 'TS', 'TP') = replace(nullif(flown.engine, 'UNK'), 'TS', 'TP') as engine_type_agrees,
    record.engine_model as registry_engine_model,
    record.series = any(flown.series) as engine_model_agrees
from flown
left join chosen on flown.ev_id = chosen.ev_id and flown.aircraft_key = chosen.aircraft_key
left join registry as record
    on chosen.list = record.list and chosen.line = record.line and chosen.step is not null and chosen.candidates = 1
