-- needs: tblfirsthalf
-- flags: tblFirstHalf.INJURY_INDEX none of F, C, M and N, so that the most severe injury is not stated
-- Z (unknown) is flagged too: the persons of the row are counted by injury level.
select source_row from tblfirsthalf
where injury_index <> '' and injury_index not in ('F', 'C', 'M', 'N')
