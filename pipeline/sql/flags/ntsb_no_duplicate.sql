-- needs: events
-- flags: events.ntsb_no the number of an event that stands earlier in the file; the numbers are meant to be unique
with numbered as (
    select source_row, row_number() over (partition by ntsb_no order by source_row) as place
    from events
    where ntsb_no <> ''
)

select source_row from numbered
where place > 1
