-- needs: airport_matches, event_positions, event_times
-- grain: one row per era, topic and measure: how many events have it, of how many
-- kind: view
-- column: topic What is measured: airport, position, time zone or light.
-- column: measure Value or comparison that is counted, such as matched or apt_dist agrees.
-- column: events Number of events with this value, or that agree.
-- column: of_events Number of events that could have it, or that can be compared.
-- Airports: of events in the United States whose identifier names one; those named by a name only have a measure of their own.
with counted as (
    select era, 'airport' as topic, measure, events, of_events
    from (
        select
            era,
            count(*) filter (where identifier is not null and airport_id is not null) as matched,
            count(identifier) as identified,
            count(*) filter (where identifier is not null and match in ('identifier', 'similar identifier')) as by_identifier,
            count(*) filter (where identifier is not null and match in ('name', 'name and city', 'nearby name')) as by_name,
            count(*) filter (where identifier is not null and match = 'position') as by_position,
            count(*) filter (where identifier is not null and match = 'ambiguous') as ambiguous,
            count(*) filter (where identifier is not null and match = 'contradicted') as contradicted,
            count(*) filter (where identifier is not null and airport_status = 'closed') as closed,
            count(*) filter (where identifier is null and airport_id is not null) as matched_by_name_only,
            count(*) filter (where identifier is null) as named_only,
            count(*) filter (where distance_agrees) as distances_agree,
            count(distance_agrees) as distances,
            count(*) filter (where direction_agrees) as directions_agree,
            count(direction_agrees) as directions
        from airport_matches
        group by era
    ) as by_era
    cross join lateral (
        values
        ('matched', matched, identified), ('matched by identifier', by_identifier, identified), ('matched by name', by_name, identified),
        ('matched by position', by_position, identified), ('matched, closed since', closed, identified),
        ('ambiguous', ambiguous, identified), ('contradicted', contradicted, identified),
        ('matched without an identifier', matched_by_name_only, named_only), ('apt_dist agrees', distances_agree, distances),
        ('apt_dir agrees', directions_agree, directions)
    ) as measures (measure, events, of_events)
    union all
    select era, 'position', position_source, count(*), sum(count(*)) over (partition by era)::bigint
    from event_positions
    group by era, position_source
    union all
    select era, topic, measure, events, of_events
    from (
        select
            era, count(*) as total, count(time_zone) as zones, count(utc_time) as utc_times, count(local_time) as local_times,
            count(*) filter (where ev_tmzn_agrees) as zones_agree, count(ev_tmzn_agrees) as compared_zones,
            count(sun_elevation) as elevations, count(*) filter (where light_agrees) as lights_agree,
            count(*) filter (where light_difference <= 6) as lights_close, count(light_agrees) as lights
        from event_times
        group by era
    ) as by_era
    cross join lateral (
        values
        ('time zone', 'time zone known', zones, total), ('time zone', 'UTC known', utc_times, total),
        ('time zone', 'local time known', local_times, total), ('time zone', 'ev_tmzn agrees', zones_agree, compared_zones),
        ('light', 'sun known', elevations, total), ('light', 'light_cond agrees', lights_agree, lights),
        ('light', 'light_cond agrees within 6 degrees', lights_close, lights)
    ) as measures (topic, measure, events, of_events)
)

select era, topic, measure, events::bigint as events, of_events::bigint as of_events
from counted
