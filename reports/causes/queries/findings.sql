-- needs: clean_events, clean_findings, finding_causes
-- grain: one row per category and subcategory of findings since 2008 in accidents in the USA, in NTSB's words; an accident counts once per row
with worded as materialized (
    select
        finding.ev_id, finding.aircraft_key, finding.finding_no, finding.finding_code,
        string_to_array(convert.finding_wording(finding.finding_description), '-') as words
    from clean_findings as finding
    where finding.finding_code <> ''
),

subcategory as (
    select distinct on (code) code, category, subcategory
    from (
        select left(finding_code, 4) as code, btrim(words[1]) as category, btrim(words[2]) as subcategory, count(*) as uses
        from worded
        group by left(finding_code, 4), btrim(words[1]), btrim(words[2])
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
inner join subcategory on left(worded.finding_code, 4) = subcategory.code
left join finding_causes as roles
    on worded.ev_id = roles.ev_id and worded.aircraft_key = roles.aircraft_key and worded.finding_no = roles.finding_no
where event.is_us and event.ev_type_code is distinct from 'INC'
group by subcategory.code, subcategory.category, subcategory.subcategory
order by count(*) desc, subcategory.code collate "C";
