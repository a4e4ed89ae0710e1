-- needs: tblfirsthalf
-- flags: tblFirstHalf.GRAND_TOTAL_TOTALS differs from the sum of its five injury levels
select source_row from tblfirsthalf
where grand_total_totals
    <> grand_total_fatal + grand_total_serious + grand_total_minor + grand_total_none + grand_total_unknown
