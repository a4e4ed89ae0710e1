-- needs: tblfirsthalf, accident
-- grain: one row per aircraft, group of persons aboard and level of injury, in an event of 1962-1981 that has a date
-- Groups aboard only: totals are sums of them, and whether persons of FAA, NTSB and government are counted once more
-- in a group is nowhere stated.
-- Navigators and extra crew are both other crew (OCRW). Of unknown injury: no level in the modern tables.
select
    accident.ev_id,
    accident.aircraft_key,
    people.category as inj_person_category,
    people.level as injury_level,
    sum(people.count)::integer as inj_person_count,
    stated.source_row
from accident
inner join tblfirsthalf as stated on accident.recnum = stated.recnum
cross join
    lateral (
        values
        ('PLT', 'FATL', stated.pilot_fatal), ('PLT', 'SERS', stated.pilot_serious),
        ('PLT', 'MINR', stated.pilot_minor), ('PLT', 'NONE', stated.pilot_none),
        ('CPLT', 'FATL', stated.co_pilot_fatal), ('CPLT', 'SERS', stated.co_pilot_serious),
        ('CPLT', 'MINR', stated.co_pilot_minor), ('CPLT', 'NONE', stated.co_pilot_none),
        ('DSTU', 'FATL', stated.dual_student_fatal), ('DSTU', 'SERS', stated.dual_student_serious),
        ('DSTU', 'MINR', stated.dual_student_minor), ('DSTU', 'NONE', stated.dual_student_none),
        ('KPLT', 'FATL', stated.chk_pilot_fatal), ('KPLT', 'SERS', stated.chk_pilot_serious),
        ('KPLT', 'MINR', stated.chk_pilot_minor), ('KPLT', 'NONE', stated.chk_pilot_none),
        ('FENG', 'FATL', stated.flt_engn_fatal), ('FENG', 'SERS', stated.flt_engn_serious),
        ('FENG', 'MINR', stated.flt_engn_minor), ('FENG', 'NONE', stated.flt_engn_none),
        ('OCRW', 'FATL', stated.navigtr_fatal), ('OCRW', 'SERS', stated.navigtr_serious),
        ('OCRW', 'MINR', stated.navigtr_minor), ('OCRW', 'NONE', stated.navigtr_none),
        ('CABN', 'FATL', stated.cabin_attn_fatal), ('CABN', 'SERS', stated.cabin_attn_serious),
        ('CABN', 'MINR', stated.cabin_attn_minor), ('CABN', 'NONE', stated.cabin_attn_none),
        ('OCRW', 'FATL', stated.extra_crew_fatal), ('OCRW', 'SERS', stated.extra_crew_serious),
        ('OCRW', 'MINR', stated.extra_crew_minor), ('OCRW', 'NONE', stated.extra_crew_none),
        ('PAX', 'FATL', stated.passengers_fatal), ('PAX', 'SERS', stated.passengers_serious),
        ('PAX', 'MINR', stated.passengers_minor), ('PAX', 'NONE', stated.passengers_none)
    ) as people (category, level, count)
where people.count > 0
group by accident.ev_id, accident.aircraft_key, people.category, people.level, stated.source_row
