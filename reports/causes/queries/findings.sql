-- needs: clean_events, clean_findings, finding_causes
-- grain: one row per category and subcategory of findings since 2008 in accidents in the USA, in NTSB's words; an accident counts once per row
-- Findings without a code have no common description: they are one row, Not stated.
with worded as materialized (
    select
        ev_id, aircraft_key, finding_no,
        coalesce(left(nullif(finding_code, ''), 4), 'UNKNOWN') as code,
        case
            when finding_code <> '' then string_to_array(convert.finding_wording(finding_description), '-')
            else array['Not stated', 'Not stated']
        end as words
    from clean_findings
),

subcategory as (
    select distinct on (code) code, category, subcategory
    from (
        select code, btrim(words[1]) as category, btrim(words[2]) as subcategory, count(*) as uses
        from worded
        group by code, btrim(words[1]), btrim(words[2])
    ) as wording
    order by code, uses desc, category collate "C", subcategory collate "C"
)

select
    subcategory.category, subcategory.subcategory,
    count(*) as findings,
    count(*) filter (where roles.role in ('CAUSE', 'CAUSE OR FACTOR')) as causes,
    count(distinct event.ev_id) as accidents,
    count(distinct event.ev_id) filter (where event.severity = 'FATL') as fatal_accidents,
    count(distinct event.ev_id) filter (where event.severity is not null) as accidents_of_known_severity
from worded
inner join clean_events as event on worded.ev_id = event.ev_id
inner join subcategory on worded.code = subcategory.code
left join finding_causes as roles
    on worded.ev_id = roles.ev_id and worded.aircraft_key = roles.aircraft_key and worded.finding_no = roles.finding_no
where event.is_us and event.ev_type_code is distinct from 'INC'
group by subcategory.code, subcategory.category, subcategory.subcategory
order by count(*) desc, subcategory.code collate "C";
