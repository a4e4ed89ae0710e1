-- needs: events, tblfirsthalf, flag
-- corrects: events.ev_date, events.ev_dow, events.ev_month: a date outside the years of the database is not the date
-- of the event; the source record keeps it and is flagged
update events set ev_date = null, ev_dow = null, ev_month = null
where source_row in (
    select source_row from flag where source_table = 'tblFirstHalf' and flag = 'date_out_of_range'
)
