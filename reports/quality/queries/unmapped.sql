-- needs: aircraft_codes, events, code_harmonization
-- grain: one row per field, list of codes and code that rows bear and no reviewed list holds
with coded as (
    select said.field, said.code_list, said.code
    from aircraft_codes
    cross join lateral (
        values
        ('category', era, category), ('damage', era, damage), ('operation', era, operation), ('purpose', era, purpose),
        ('engine', era, engine), ('phase', step_list, phase), ('occurrence', step_list, occurrence)
    ) as said (field, code_list, code)
    union all
    -- Of 1962-1981 the table of codes in use says more.
    select said.field, events.era, upper(btrim(said.code))
    from events
    cross join lateral (
        values ('severity', ev_highest_injury), ('weather', wx_cond_basic), ('light', light_cond)
    ) as said (field, code)
    where events.era <> 'pre1982' and btrim(said.code) <> ''
)

select coded.field, coded.code_list, coded.code, count(*) as times
from coded
left join code_harmonization on coded.field = code_harmonization.field and coded.code_list = code_harmonization.era and coded.code = code_harmonization.code
where coded.code is not null and code_harmonization.code is null
group by coded.field, coded.code_list, coded.code
order by coded.field collate "C", coded.code_list collate "C", times desc, coded.code collate "C";
