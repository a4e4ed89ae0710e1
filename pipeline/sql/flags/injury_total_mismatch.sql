-- needs: events
-- flags: events.inj_tot_t differs from the sum over all injury levels, persons on the ground included
select source_row from events
where inj_tot_t <> coalesce(inj_tot_f, 0) + coalesce(inj_tot_s, 0) + coalesce(inj_tot_m, 0) + coalesce(inj_tot_n, 0)
    + coalesce(inj_f_grnd, 0) + coalesce(inj_s_grnd, 0) + coalesce(inj_m_grnd, 0)
