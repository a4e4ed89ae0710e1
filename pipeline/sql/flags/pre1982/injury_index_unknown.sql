-- needs: tblfirsthalf
-- flags: tblFirstHalf.INJURY_INDEX none of F, C, M and N: the row states its persons and not how the worst of them fared
-- Z means unknown, so it is accused too: beside counted persons there is nothing unknown about the worst.
select source_row from tblfirsthalf
where injury_index <> '' and injury_index not in ('F', 'C', 'M', 'N')
