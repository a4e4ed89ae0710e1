-- needs: aircraft_codes, clean_events, code_harmonization
-- grain: one row per field, code list and code that rows use and no reviewed list maps
with codes_in_rows as (
    select field_code.field, field_code.code_list, field_code.code
    from aircraft_codes
    cross join lateral (
        values
        ('category', era, category), ('damage', era, damage), ('operation', era, operation), ('purpose', era, purpose),
        ('engine', era, engine), ('phase', step_list, phase), ('occurrence', step_list, occurrence)
    ) as field_code (field, code_list, code)
    union all
    -- For 1962-1981, codes_in_use is more detailed.
    select field_code.field, clean_events.era, field_code.code
    from clean_events
    cross join lateral (
        values ('severity', ev_highest_injury_code), ('weather', wx_cond_basic_code), ('light', light_cond_code)
    ) as field_code (field, code)
    where not is_record_era(clean_events.era) and field_code.code <> ''
)

select codes_in_rows.field, codes_in_rows.code_list, codes_in_rows.code, count(*) as times
from codes_in_rows
left join code_harmonization
    on codes_in_rows.field = code_harmonization.field and codes_in_rows.code_list = code_harmonization.era
    and codes_in_rows.code = code_harmonization.code
where codes_in_rows.code is not null and code_harmonization.code is null
group by codes_in_rows.field, codes_in_rows.code_list, codes_in_rows.code
order by codes_in_rows.field collate "C", codes_in_rows.code_list collate "C", times desc, codes_in_rows.code collate "C";
