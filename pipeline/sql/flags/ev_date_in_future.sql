-- needs: events
-- flags: events.ev_date later than the file itself: more than a month after the last change to any of its events
-- No clock is asked: the same file is judged the same way in any year.
select source_row from events
where ev_date > (select max(lchg_date) from events) + interval '31 days'
