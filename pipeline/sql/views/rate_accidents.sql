-- needs: clean_aircraft, aircraft_harmonized, event_summary, intentional_acts, exposure_class
-- grain: one row per definition of rate_population, class of aircraft and accident since 1982 that it counts, excluded accidents included
-- kind: materialized, key: definition, aircraft_class, ev_id
-- functions: operations
-- A collision of two aircraft of a class is one accident. An aircraft without a registration counts as a U.S. one, because foreign ones have
-- other codes of the operation (NUSC, NUSN, 129); one whose registration is foreign, or that is unregistered, does not count.
-- column: definition Population of accidents, as in rate_population.
-- column: aircraft_class Class of aircraft, as in exposure_class; all where the definition counts all aircraft.
-- column: is_fatal True where the severity of the event is FATL; null where it is unknown.
-- column: is_excluded True for accidents that NTSB leaves out of rates: suicide, sabotage, stolen or unauthorized aircraft.
-- column: is_registration_unknown True where none of these aircraft has a registration.
with us_aircraft as materialized (
    select
        aircraft.ev_id, harmonized.operation, aircraft.oper_sched_code, aircraft.acft_make, aircraft.acft_model,
        aircraft.registration is null as is_registration_unknown
    from clean_aircraft as aircraft
    inner join aircraft_harmonized as harmonized
        on aircraft.ev_id = harmonized.ev_id and aircraft.aircraft_key = harmonized.aircraft_key
    where not mart.is_record_era(aircraft.era)
        and harmonized.operation in ('091', '105', '121', '125', '127', '133', '135', '137', '141', 'PUBU')
        and (aircraft.registration is null or aircraft.registration ~ '^N[CLRSX]?[1-9]')
),

-- Each spelling is compared with the patterns once.
spellings as materialized (
    select
        acft_make, acft_model,
        regexp_replace(upper(convert.to_words(acft_make)), '[^A-Z0-9]', '', 'g') as make_key,
        regexp_replace(upper(convert.to_words(acft_model)), '[^A-Z0-9]', '', 'g') as model_key
    from us_aircraft
    group by acft_make, acft_model
),

named as (
    select spellings.acft_make, spellings.acft_model, exposure_class.aircraft_class
    from spellings
    inner join exposure_class
        on spellings.make_key ~ exposure_class.make_pattern and spellings.model_key ~ exposure_class.model_pattern
),

classified as (
    select us_aircraft.*, named.aircraft_class
    from us_aircraft
    left join named on us_aircraft.acft_make = named.acft_make and us_aircraft.acft_model = named.acft_model
)

select
    population.definition,
    population.aircraft_class,
    event_summary.ev_id,
    event_summary.ev_year,
    event_summary.severity = 'FATL' as is_fatal,
    intentional_acts.ev_id is not null as is_excluded,
    bool_and(classified.is_registration_unknown) as is_registration_unknown
from classified
inner join event_summary on classified.ev_id = event_summary.ev_id
left join intentional_acts on event_summary.ev_id = intentional_acts.ev_id
cross join
    lateral (
        values
        ('ntsb_general_aviation', 'all', event_summary.is_us and mart.is_general_aviation(classified.operation)),
        ('ntsb_part_121', 'all', mart.is_airline(classified.operation)),
        ('ntsb_part_121_scheduled', 'all', mart.is_airline(classified.operation) and classified.oper_sched_code = 'SCHD'),
        ('ntsb_part_121_nonscheduled', 'all', mart.is_airline(classified.operation) and classified.oper_sched_code = 'NSCH'),
        ('ntsb_part_135_scheduled', 'all', classified.operation = '135' and classified.oper_sched_code = 'SCHD'),
        (
            'ntsb_part_135_on_demand', 'all',
            event_summary.is_us and classified.operation = '135' and classified.oper_sched_code is distinct from 'SCHD'
        ),
        (
            'faa_survey_model', classified.aircraft_class,
            event_summary.is_us and classified.aircraft_class is not null and not mart.is_airline(classified.operation)
        )
    ) as population (definition, aircraft_class, is_counted)
where population.is_counted and convert.to_code(event_summary.ev_type) = 'ACC' and event_summary.ev_year >= 1982
group by
    population.definition, population.aircraft_class, event_summary.ev_id, event_summary.ev_year, event_summary.severity,
    intentional_acts.ev_id
