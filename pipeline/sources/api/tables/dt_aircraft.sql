-- needs: api_aircraft
-- grain: one row per code of a multi-valued column of aircraft
-- Lists of texts, or texts with commas between codes; `landingGear` has what `aircraftLandingGearFormation` joins.
with lists as (
    select a.*, listed.col_name, item.text as code
    from api_aircraft as a
    cross join lateral (
        values
        ('landing_gear', a."landingGear"), ('airspc_type', a.airspaces), ('aircar_cert', a."operatingCertificates"),
        ('addtl_equip', a."additionalEquipment")
    ) as listed (col_name, items)
    cross join lateral unnest(convert.api_texts(listed.items)) as item (text)
    union all
    select a.*, 'acft_awy_cert', convert.api_certificate(item)
    from api_aircraft as a
    cross join lateral jsonb_array_elements(convert.api_objects(a."airworthinessCertificates")) as item
),

joined as (
    select lists.case_row, lists.position, lists.ev_id, lists."aircraftNumber", lists.lchg_date, col_name, code from lists
    union
    select a.case_row, a.position, a.ev_id, a."aircraftNumber", a.lchg_date, part.col_name, words.code
    from api_aircraft as a
    left join api_airport as p on a.case_row = p.case_row and a.position = p.position
    cross join lateral (select convert.api_objects(a.approaches) -> 0) as approach (item)
    cross join lateral (
        values
        ('instm_appr', approach.item ->> 'ifrapproach'), ('vfr_appr', approach.item ->> 'vfrapproachLanding'),
        ('landing_surf', p."airportLandingSurfaceType"), ('rwy_cond', p."airportLandingSurfaceCondition")
    ) as part (col_name, texts)
    cross join lateral regexp_split_to_table(part.texts, ', +') as words (code)
)

select
    case_row,
    row_number() over (order by case_row, position, col_name, code collate "C") as source_row,
    ev_id,
    "aircraftNumber" as aircraft_key,
    col_name,
    code,
    lchg_date
from joined
where code <> ''
