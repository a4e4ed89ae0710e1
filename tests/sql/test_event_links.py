"""Addresses of NTSB's pages: the key of the case, who leads it, and the status of each page."""

import pytest
from empty_mart import mart as mart
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from tables import load, rows

CASES = """
    | ev_id          | ntsb_no    | invest_agy | case                                              |
    | 20220314104567 | WPR22LA118 | N          | the last six digits of ev_id are the key          |
    | 20240105193601 | DCA24MA063 | N          | a team on site                                    |
    | API-006789     | ANC26LA001 |            | key in an ev_id of the API, agency not stated     |
    | 20231221193500 | DCA24WA052 | N          | foreign by the type, whatever the agency          |
    | 20010711X01376 | ~LAX01LA231~ | N        | old ev_id without a key                           |
    | 20180507X00658 | CHI01WA014 | O          | another agency                                    |
    | PRE1982-000040 |            |            | nothing known                                     |
    | 20220314104568 | WPR22LA118/x | N        | a number that is no part of an address            |
    | 2022031410456  | ATL89FAMS2 | n          | 13 digits are no key, the number has another form |
"""
DOCKET = "https://data.ntsb.gov/Docket?ProjectID="


@pytest.fixture
def links(mart: Connection) -> dict[str, tuple[object, ...]]:
    """{ev_id: its other columns} of the cases."""
    text = "\n".join(line.rsplit("|", 2)[0] + "|" for line in CASES.strip().splitlines())
    load(mart, "events", text)
    with mart.cursor() as cursor:
        cursor.execute("update events set ntsb_no = replace(ntsb_no, '~', ' ')")
    columns = "ev_id, ntsb_no, mkey, lead, case_status, docket_status, report_status, docket_url, report_url, case_url"
    return {row[0]: row[1:] for row in rows(mart, f"select {columns} from event_links")}


def test_key_lead_and_status_of_each_page(links: dict[str, tuple[object, ...]]) -> None:
    assert {ev_id: row[:6] for ev_id, row in links.items()} == {
        "20220314104567": ("WPR22LA118", 104567, "NTSB", "unknown", "expected", "expected"),
        "20240105193601": ("DCA24MA063", 193601, "NTSB", "expected", "expected", "expected"),
        "API-006789": ("ANC26LA001", 6789, "NTSB", "unknown", "expected", "expected"),
        "20231221193500": ("DCA24WA052", 193500, "FOREIGN", "none", "none", "none"),
        "20010711X01376": ("LAX01LA231", None, "NTSB", "unknown", "unknown", "unknown"),
        "20180507X00658": ("CHI01WA014", None, "FOREIGN", "none", "none", "none"),
        "PRE1982-000040": (None, None, None, "unknown", "unknown", "unknown"),
        "20220314104568": ("WPR22LA118/x", 104568, "NTSB", "unknown", "expected", "expected"),
        "2022031410456": ("ATL89FAMS2", None, "NTSB", "unknown", "unknown", "unknown"),
    }


def test_a_page_with_status_none_has_no_address_and_an_expected_one_has(links: dict[str, tuple[object, ...]]) -> None:
    assert links["20220314104568"][8] is None
    assert links["20220314104567"][6] == f"{DOCKET}104567"
    assert str(links["20220314104567"][7]).endswith("/GenerateNewestReport/104567/pdf")
    assert links["20240105193601"][8] == "https://www.ntsb.gov/investigations/Pages/DCA24MA063.aspx"
    for row in links.values():
        for status, url in zip(row[3:6], (row[8], row[6], row[7]), strict=True):
            assert (status == "none") <= (url is None)
            assert (status == "expected") <= (url is not None)
