-- needs: ct_seqevt
-- grain: one row per code of occurrences and seq_of_events
alter table ct_seqevt add primary key (code);
