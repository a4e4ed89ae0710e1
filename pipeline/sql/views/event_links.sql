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
select
    events.ev_id,
    case_key.ntsb_no,
    case_key.mkey,
    leader.lead,
    case
        when leader.lead = 'FOREIGN' then 'none'
        when leader.lead = 'NTSB' and case_key.type = 'M' then 'expected'
        else 'unknown'
    end as case_status,
    case
        when leader.lead = 'NTSB' and case_key.type is not null
            then 'https://www.ntsb.gov/investigations/Pages/' || case_key.ntsb_no || '.aspx'
    end as case_url,
    leader.document_status as docket_status,
    case when leader.document_status <> 'none' then 'https://data.ntsb.gov/Docket?ProjectID=' || case_key.mkey end as docket_url,
    leader.document_status as report_status,
    case
        when leader.document_status <> 'none'
            then 'https://data.ntsb.gov/carol-repgen/api/Aviation/ReportMain/GenerateNewestReport/' || case_key.mkey || '/pdf'
    end as report_url,
    events.era,
    events.source_file,
    events.source_row
from events
-- `offset 0`: each expression is computed once for a row, and only for the rows that are asked for.
cross join
    lateral (
        select
            nullif(btrim(events.ntsb_no), '') as ntsb_no,
            case
                when events.ev_id ~ '^[0-9]{14}$' then right(events.ev_id, 6)
                when events.ev_id ~ '^API-[0-9]{6,9}$' then substr(events.ev_id, 5)
            end::integer as mkey,
            -- Office, two digits of the fiscal year, type, A for aviation, serial number: DCA24WA052.
            substring(btrim(events.ntsb_no) from '^[A-Z]{3}[0-9]{2}([A-Z])A[0-9]{3}[A-Z]?$') as type,
            nullif(convert.to_code(events.invest_agy), '') as agency
        from (values (1)) as single (number)
        offset 0
    ) as case_key
cross join
    lateral (
        select
            case
                when case_key.agency = 'O' or case_key.type in ('W', 'R') then 'FOREIGN'
                when case_key.agency = 'N' or case_key.type is not null then 'NTSB'
            end as lead,
            case
                when case_key.agency = 'O' or case_key.type in ('W', 'R') then 'none'
                when case_key.mkey is not null and (case_key.agency = 'N' or case_key.type is not null) then 'expected'
                else 'unknown'
            end as document_status
        from (values (1)) as single (number)
        offset 0
    ) as leader
