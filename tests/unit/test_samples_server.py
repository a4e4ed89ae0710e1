"""The server of the samples: pages as the API sends them, faults on request, and commands that run against it."""

import json
import sys
from pathlib import Path

import pytest
import requests

from pipeline import config_check
from samples import serve
from samples.serve import CASES, FEED, KEY, Api, serving, settings_text
from samples.serve_faults import KINDS, Fault, parse_fault
from tests.api_server import case, few_cases

HEADERS = {"Ocp-Apim-Subscription-Key": KEY}
JANUARY = {"startDate": "2016-01-01", "endDate": "2016-01-31", "mode": "aviation"}


def get(api: Api, path: str, headers: dict[str, str] = HEADERS, **parameters: str) -> requests.Response:
    url = api.address.removesuffix("/public/") + path
    return requests.get(url, parameters, headers=headers, timeout=5, allow_redirects=False)


def test_pages_are_linked_by_markers() -> None:
    with serving(few_cases(), page_size=2) as api:
        numbers, marker = [], ""
        while marker is not None:
            page = get(api, CASES, **JANUARY, **({"marker": marker} if marker else {})).json()
            numbers.append([row["mKey"] for row in page["data"]])
            marker = page["nextMarker"]
    assert numbers == [[1, 2], [3, 4], [5]]


@pytest.mark.parametrize(
    ("path", "headers", "parameters", "status"),
    [
        (CASES, {}, JANUARY, 401),
        (CASES, {"Ocp-Apim-Subscription-Key": "another"}, JANUARY, 401),
        (CASES, HEADERS, JANUARY | {"startDate": "2016-03-01", "endDate": "2016-03-31"}, 204),
        (CASES, HEADERS, {"startDate": "2016-01-01", "mode": "aviation"}, 400),
        (CASES, HEADERS, JANUARY | {"marker": "nonsense"}, 400),
        (CASES, HEADERS, JANUARY | {"mode": "marine"}, 404),
        ("/public/api/Common/v9/Nothing/", HEADERS, JANUARY, 404),
    ],
)
def test_statuses(path: str, headers: dict[str, str], parameters: dict[str, str], status: int) -> None:
    with serving(few_cases()) as api:
        response = get(api, path, headers, **parameters)
    assert response.status_code == status
    assert (response.content == b"") == (status in (204, 404))


def test_the_list_of_changes_has_names_of_its_own_and_lacks_a_third() -> None:
    cases = [case(number, "2016-01-01", changed="2026-11-30") for number in range(30)]
    with serving(cases) as api:
        rows = get(api, FEED, startDate="2026-11-29", endDate="2026-12-01").json()
        assert get(api, FEED, startDate="2026-12-01", endDate="2026-12-02").status_code == 204
    assert len(rows) == 20
    assert {"mkey", "ntsbnumber", "lastChangeDateTimeUtc", "stepId"} <= rows[0].keys()
    assert len(rows[0]) == 30


def test_a_fault_is_written_with_its_number_and_its_query() -> None:
    assert parse_fault("429:2:2016-03") == Fault("429", 2, "2016-03")
    assert [parse_fault(kind).kind for kind in KINDS] == list(KINDS)
    with pytest.raises(ValueError, match="fault: expected one of 204, 400"):
        parse_fault("418")


def test_a_command_gets_valid_settings_and_the_key(tmp_path: Path) -> None:
    output = tmp_path / "output.json"
    code = (
        "import json, os, pathlib; "
        "text = pathlib.Path(os.environ['LUIGI_CONFIG_PATH']).read_text(); "
        f"pathlib.Path({str(output)!r}).write_text(json.dumps([text, os.environ['NTSB_API_KEY']])); raise SystemExit(7)"
    )
    with serving(few_cases()) as api:
        assert serve.run_command(api, [sys.executable, "-c", code]) == 7
        text, key = json.loads(output.read_text())
    assert (text, key) == (settings_text(api), KEY)
    path = tmp_path / "luigi.cfg"
    path.write_text(text)
    assert config_check.check_file(path, require_all=False) == []
