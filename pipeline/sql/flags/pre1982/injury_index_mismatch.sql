-- needs: tblfirsthalf
-- flags: tblFirstHalf.INJURY_INDEX differs from the most severe injury level among the persons of the row, aboard and outside the aircraft
-- In a collision the index describes the whole event, and GRAND_TOTAL counts all persons of the event on every row. All groups are
-- therefore included. Rows with unknown injuries, which may be of any level, are not checked.
select source_row from tblfirsthalf
where
    injury_index in ('F', 'C', 'M', 'N')
    and total_abrd_unknown + other_airc_unknown + other_grnd_unknown + grand_total_unknown = 0
    and injury_index <> case
        when total_abrd_fatal + other_airc_fatal + other_grnd_fatal + grand_total_fatal > 0 then 'F'
        when total_abrd_serious + other_airc_serious + other_grnd_serious + grand_total_serious > 0 then 'C'
        when total_abrd_minor + other_airc_minor + other_grnd_minor + grand_total_minor > 0 then 'M'
        when total_abrd_none + other_airc_none + other_grnd_none + grand_total_none > 0 then 'N'
        else injury_index
    end
