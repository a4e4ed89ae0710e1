-- needs: tblfirsthalf
-- flags: tblFirstHalf.* persons aboard with an injury level differ from the sum over the nine person groups aboard
select injury_level.source_row, injury_level.source_column
from tblfirsthalf as t
cross join
    lateral (
        values
        (t.source_row, 'total_abrd_fatal', t.total_abrd_fatal,
            t.pilot_fatal + t.co_pilot_fatal + t.dual_student_fatal + t.chk_pilot_fatal + t.flt_engn_fatal
            + t.navigtr_fatal + t.cabin_attn_fatal + t.extra_crew_fatal + t.passengers_fatal),
        (t.source_row, 'total_abrd_serious', t.total_abrd_serious,
            t.pilot_serious + t.co_pilot_serious + t.dual_student_serious + t.chk_pilot_serious + t.flt_engn_serious
            + t.navigtr_serious + t.cabin_attn_serious + t.extra_crew_serious + t.passengers_serious),
        (t.source_row, 'total_abrd_minor', t.total_abrd_minor,
            t.pilot_minor + t.co_pilot_minor + t.dual_student_minor + t.chk_pilot_minor + t.flt_engn_minor
            + t.navigtr_minor + t.cabin_attn_minor + t.extra_crew_minor + t.passengers_minor),
        (t.source_row, 'total_abrd_none', t.total_abrd_none,
            t.pilot_none + t.co_pilot_none + t.dual_student_none + t.chk_pilot_none + t.flt_engn_none
            + t.navigtr_none + t.cabin_attn_none + t.extra_crew_none + t.passengers_none),
        (t.source_row, 'total_abrd_unknown', t.total_abrd_unknown,
            t.pilot_unknown + t.co_pilot_unknown + t.dual_student_unknown + t.chk_pilot_unknown + t.flt_engn_unknown
            + t.navigtr_unknown + t.cabin_attn_unknown + t.extra_crew_unknown + t.passengers_unknown)
    ) as injury_level (source_row, source_column, total, group_sum)
where injury_level.total <> injury_level.group_sum
