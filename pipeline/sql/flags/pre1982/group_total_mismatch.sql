-- needs: tblfirsthalf
-- flags: tblFirstHalf.* total of a person group aboard differs from the sum of its five injury levels
select person_group.source_row, person_group.source_column
from tblfirsthalf as t
cross join
    lateral (
        values
        (t.source_row, 'pilot_totals', t.pilot_totals,
            t.pilot_fatal + t.pilot_serious + t.pilot_minor + t.pilot_none + t.pilot_unknown),
        (t.source_row, 'co_pilot_totals', t.co_pilot_totals,
            t.co_pilot_fatal + t.co_pilot_serious + t.co_pilot_minor + t.co_pilot_none + t.co_pilot_unknown),
        (t.source_row, 'dual_student_totals', t.dual_student_totals,
            t.dual_student_fatal + t.dual_student_serious + t.dual_student_minor + t.dual_student_none + t.dual_student_unknown),
        (t.source_row, 'chk_pilot_totals', t.chk_pilot_totals,
            t.chk_pilot_fatal + t.chk_pilot_serious + t.chk_pilot_minor + t.chk_pilot_none + t.chk_pilot_unknown),
        (t.source_row, 'flt_engn_totals', t.flt_engn_totals,
            t.flt_engn_fatal + t.flt_engn_serious + t.flt_engn_minor + t.flt_engn_none + t.flt_engn_unknown),
        (t.source_row, 'navigtr_totals', t.navigtr_totals,
            t.navigtr_fatal + t.navigtr_serious + t.navigtr_minor + t.navigtr_none + t.navigtr_unknown),
        (t.source_row, 'cabin_attn_totals', t.cabin_attn_totals,
            t.cabin_attn_fatal + t.cabin_attn_serious + t.cabin_attn_minor + t.cabin_attn_none + t.cabin_attn_unknown),
        (t.source_row, 'extra_crew_totals', t.extra_crew_totals,
            t.extra_crew_fatal + t.extra_crew_serious + t.extra_crew_minor + t.extra_crew_none + t.extra_crew_unknown),
        (t.source_row, 'passengers_totals', t.passengers_totals,
            t.passengers_fatal + t.passengers_serious + t.passengers_minor + t.passengers_none + t.passengers_unknown)
    ) as person_group (source_row, source_column, total, level_sum)
where person_group.total <> person_group.level_sum
