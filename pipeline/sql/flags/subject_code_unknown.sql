-- needs: seq_of_events, ct_seqevt
-- flags: seq_of_events.Subj_Code code missing from the code table for the codes used before 2008
select source_row from seq_of_events
where subj_code not in (select code from ct_seqevt)
