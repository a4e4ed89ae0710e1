-- needs: events
-- grain: one row per event, of every era: the addresses of its pages at NTSB, built by rule, with the status of each
-- kind: view
-- Nothing here was requested from NTSB. A status is expected (NTSB has such a page for events of this kind), none (another authority leads
-- the investigation, so NTSB has none), or unknown (the files do not say). NTSB's files contain no mKey. Since 2020-09-28 it is the last six
-- digits of ev_id, and an ev_id of the Enterprise API consists of it. A page of an investigation exists for those with a team on site.
-- column: ntsb_no Number of the investigation, trimmed; null where it is missing.
-- column: mkey NTSB's key of the case, by which its sites address it; null where ev_id does not contain it.
-- column: lead Authority that leads the investigation: NTSB or FOREIGN, FOREIGN where invest_agy is O or the type in ntsb_no is W or R; null where neither says.
-- column: case_status Status of case_url: expected, none or unknown.
-- column: case_url Address of the page of the investigation, by ntsb_no; null where there is none or no number.
-- column: docket_status Status of docket_url: expected, none or unknown.
-- column: docket_url Address of the public docket, by mkey; null where there is none or no key.
-- column: report_status Status of report_url: expected, none or unknown.
-- column: report_url Address of NTSB's newest report on the case (PDF), by mkey; null where there is none or no key.
with keys as (
    select
        ev_id, era, source_file, source_row,
        nullif(btrim(ntsb_no), '') as ntsb_no,
        case
            when ev_id ~ '^[0-9]{14}$' then right(ev_id, 6)
            when ev_id ~ '^API-[0-9]{6,9}$' then substr(ev_id, 5)
        end::integer as mkey,
        -- Office, two digits of the fiscal year, type, A for aviation, serial number: DCA24WA052.
        substring(btrim(ntsb_no) from '^[A-Z]{3}[0-9]{2}([A-Z])A[0-9]{3}') as type,
        nullif(convert.to_code(invest_agy), '') as agency
    from events
),

led as (
    select
        *,
        case
            when agency = 'O' or type in ('W', 'R') then 'FOREIGN'
            when agency = 'N' or type is not null then 'NTSB'
        end as lead
    from keys
)

select
    ev_id,
    ntsb_no,
    mkey,
    lead,
    case when lead = 'FOREIGN' then 'none' when lead = 'NTSB' and type = 'M' then 'expected' else 'unknown' end as case_status,
    case
        when lead = 'NTSB' and type is not null then 'https://www.ntsb.gov/investigations/Pages/' || ntsb_no || '.aspx'
    end as case_url,
    case when lead = 'FOREIGN' then 'none' when lead = 'NTSB' and mkey is not null then 'expected' else 'unknown' end as docket_status,
    case when coalesce(lead, 'NTSB') = 'NTSB' then 'https://data.ntsb.gov/Docket?ProjectID=' || mkey end as docket_url,
    case when lead = 'FOREIGN' then 'none' when lead = 'NTSB' and mkey is not null then 'expected' else 'unknown' end as report_status,
    case
        when coalesce(lead, 'NTSB') = 'NTSB'
            then 'https://data.ntsb.gov/carol-repgen/api/Aviation/ReportMain/GenerateNewestReport/' || mkey || '/pdf'
    end as report_url,
    era,
    source_file,
    source_row
from led
