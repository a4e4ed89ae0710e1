-- needs: tblfirsthalf
-- flags: tblFirstHalf.TOTAL_ABRD_TOTALS not the number of persons aboard: killed, injured, unhurt and of unknown injury
select source_row from tblfirsthalf
where total_abrd_totals
    <> total_abrd_fatal + total_abrd_serious + total_abrd_minor + total_abrd_none + total_abrd_unknown
