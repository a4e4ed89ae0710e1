-- needs: tblfirsthalf
-- flags: tblFirstHalf.TOTAL_ABRD_TOTALS differs from the number of persons aboard: sum of the fatal, serious, minor, none and unknown injury levels
select source_row from tblfirsthalf
where total_abrd_totals
    <> total_abrd_fatal + total_abrd_serious + total_abrd_minor + total_abrd_none + total_abrd_unknown
