-- needs: events, flag
-- corrects: events.ev_date: a date later than the file itself is an error; the raw text is kept and the row is flagged
update events set ev_date = null
where source_row in (
    select source_row from flag where source_table = 'events' and flag = 'ev_date_in_future'
)
