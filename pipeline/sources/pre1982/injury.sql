-- needs: tblfirsthalf, accident
-- grain: one row per aircraft, person category aboard and injury level, in an event of 1962-1981
-- Only persons aboard: totals are sums of them, and it is not documented whether FAA, NTSB and government personnel are also
-- counted in a person group. Navigators and extra crew are both other crew (OCRW). The modern tables have no level for unknown
-- injuries.
select
    accident.ev_id,
    accident.aircraft_key,
    person_group.category as inj_person_category,
    person_group.level as injury_level,
    sum(person_group.count)::integer as inj_person_count,
    first_half.source_row
from accident
inner join tblfirsthalf as first_half on accident.recnum = first_half.recnum
cross join
    lateral (
        values
        ('PLT', 'FATL', first_half.pilot_fatal), ('PLT', 'SERS', first_half.pilot_serious),
        ('PLT', 'MINR', first_half.pilot_minor), ('PLT', 'NONE', first_half.pilot_none),
        ('CPLT', 'FATL', first_half.co_pilot_fatal), ('CPLT', 'SERS', first_half.co_pilot_serious),
        ('CPLT', 'MINR', first_half.co_pilot_minor), ('CPLT', 'NONE', first_half.co_pilot_none),
        ('DSTU', 'FATL', first_half.dual_student_fatal), ('DSTU', 'SERS', first_half.dual_student_serious),
        ('DSTU', 'MINR', first_half.dual_student_minor), ('DSTU', 'NONE', first_half.dual_student_none),
        ('KPLT', 'FATL', first_half.chk_pilot_fatal), ('KPLT', 'SERS', first_half.chk_pilot_serious),
        ('KPLT', 'MINR', first_half.chk_pilot_minor), ('KPLT', 'NONE', first_half.chk_pilot_none),
        ('FENG', 'FATL', first_half.flt_engn_fatal), ('FENG', 'SERS', first_half.flt_engn_serious),
        ('FENG', 'MINR', first_half.flt_engn_minor), ('FENG', 'NONE', first_half.flt_engn_none),
        ('OCRW', 'FATL', first_half.navigtr_fatal), ('OCRW', 'SERS', first_half.navigtr_serious),
        ('OCRW', 'MINR', first_half.navigtr_minor), ('OCRW', 'NONE', first_half.navigtr_none),
        ('CABN', 'FATL', first_half.cabin_attn_fatal), ('CABN', 'SERS', first_half.cabin_attn_serious),
        ('CABN', 'MINR', first_half.cabin_attn_minor), ('CABN', 'NONE', first_half.cabin_attn_none),
        ('OCRW', 'FATL', first_half.extra_crew_fatal), ('OCRW', 'SERS', first_half.extra_crew_serious),
        ('OCRW', 'MINR', first_half.extra_crew_minor), ('OCRW', 'NONE', first_half.extra_crew_none),
        ('PAX', 'FATL', first_half.passengers_fatal), ('PAX', 'SERS', first_half.passengers_serious),
        ('PAX', 'MINR', first_half.passengers_minor), ('PAX', 'NONE', first_half.passengers_none)
    ) as person_group (category, level, count)
where person_group.count > 0
group by accident.ev_id, accident.aircraft_key, person_group.category, person_group.level, first_half.source_row
