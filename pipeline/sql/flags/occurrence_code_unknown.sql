-- needs: occurrences, ct_seqevt
-- flags: Occurrences.Occurrence_Code code missing from the code table for the codes used before 2008
select source_row from occurrences
where occurrence_code not in (select code from ct_seqevt)
