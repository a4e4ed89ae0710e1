-- needs: events
-- flags: events.ntsb_no number of an event earlier in the file; NTSB intends the numbers to be unique
with numbered as (
    select source_row, row_number() over (partition by ntsb_no order by source_row) as occurrence
    from events
    where ntsb_no <> ''
)

select source_row from numbered
where occurrence > 1
