"""Links of pages that list files: NTSB's, and the indexes of Apache and IIS."""

import logging
import time

import pytest

from pipeline.errors import SourceUnreachable
from pipeline.ingest.directory_page import Listing, page_urls, parse_listing, read_listing
from pipeline.ingest.http import RequestPolicy
from tests.loopback import Served, serving

NTSB = "https://data.ntsb.gov/avdata/FileDirectory/DownloadFile?fileID=C%3A%5Cavdata%5C"
PAGES = {
    "ntsb": (
        "https://data.ntsb.gov/avdata",
        """<td><a class="x" href="/avdata/FileDirectory/DownloadFile?fileID=C%3A%5Cavdata%5Cavall.zip">avall.zip</a>
        <a href='/avdata/FileDirectory/DownloadFile?fileID=C%3A%5Cavdata%5Cup01NOV.zip'>x</a>
        <a href=/avdata/FileDirectory/DownloadFile?fileID=C%3A%5Cavdata%5Ccodman.pdf>x</a>""",
        Listing({"avall": f"{NTSB}avall.zip", "up01NOV": f"{NTSB}up01NOV.zip"}, {"codman.pdf": f"{NTSB}codman.pdf"}),
    ),
    "apache": (
        "http://h/zips/",
        """<a href="?C=N;O=D">Name</a> <a href="/">Parent Directory</a> <a href="AVALL.ZIP">AVALL.ZIP</a>
        <a href="up08nov.zip">up08nov.zip</a> <a href="eadms%20pub.PDF">eadms pub.PDF</a> <a href="readme.txt">x</a>""",
        Listing(
            {"avall": "http://h/zips/AVALL.ZIP", "up08NOV": "http://h/zips/up08nov.zip"},
            {"eadms pub.PDF": "http://h/zips/eadms%20pub.PDF"},
        ),
    ),
    "iis": (
        "http://h/avdata/Access/",
        '<A HREF="/avdata/Access/avall.zip">avall.zip</A><br><A HREF="/avdata/Access/codman.doc">codman.doc</A>',
        Listing({"avall": "http://h/avdata/Access/avall.zip"}, {"codman.doc": "http://h/avdata/Access/codman.doc"}),
    ),
    "queries, ports and a base": (
        "http://h/page",
        """<base target="_top" href="/zips/"><a href="avall.zip?v=2&amp;sig=a%2Fb">x</a>
        <a href="http://H:80/get?file=up01NOV.zip&amp;v=2">x</a> <a href="codman.pdf?download">x</a>""",
        Listing(
            {"avall": "http://h/zips/avall.zip?v=2&sig=a%2Fb", "up01NOV": "http://H:80/get?file=up01NOV.zip&v=2"},
            {"codman.pdf": "http://h/zips/codman.pdf?download"},
        ),
    ),
}


@pytest.mark.parametrize("page", PAGES)
def test_files_are_found_by_their_links(page: str) -> None:
    url, text, expected = PAGES[page]
    assert parse_listing(text, url) == expected


@pytest.mark.parametrize(
    "link",
    [
        "http://other/avall.zip",
        "//other/avall.zip",
        "https://h/avall.zip",
        "http://h:81/avall.zip",
        "http://h@other/avall.zip",
        "http://user:password@h/avall.zip",
        "http://h:99999/avall.zip",
        "http://other/?file=avall.zip",
        "file:///etc/avall.zip",
        "javascript:avall.zip",
        "http://[/avall.zip",
        "avall.zip.exe",
        "..%2f..%2f.pdf",
        "avall.zip#up08NOV.pdf?x",
    ],
)
def test_links_to_other_servers_and_files_are_not_followed(link: str) -> None:
    listing = parse_listing(f'<a href="{link}">x</a>', "http://h/zips/")
    assert {*listing.sources.values(), *listing.manuals.values()} <= {"http://h/zips/avall.zip"}


def test_ignored_archives_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        parse_listing('<a href="avall%20(1).zip">x</a><a href="data.mdb">x</a>', "http://h/")
    assert "avall (1).zip, data.mdb" in caplog.text


def test_pages_are_bounded() -> None:
    with pytest.raises(SourceUnreachable, match="at most 500 files"):
        parse_listing("".join(f'<a href="m{number}.pdf">' for number in range(600)), "http://h/")
    started = time.process_time()
    for text in ('href="' * 150_000, "href=" * 200_000, "href='<" * 140_000, "<base " * 160_000, "?file=" * 160_000):
        parse_listing(text, "http://h/")
    # About 2 s; minutes where the time grows with the square of the length.
    assert time.process_time() - started < 30


@pytest.mark.parametrize("body", [b" " * 1_000_001, b"".join(b'<a href="m%d.pdf">' % number for number in range(600))])
def test_after_a_page_that_is_too_large_the_next_one_is_read(body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with serving() as server:
        server.files |= {"": Served(body), "zips": Served(b'<a href="avall.zip">')}
        listing = read_listing(f"{server.address}/zips", RequestPolicy(5, 1, 0))
    assert listing == Listing({"avall": f"{server.address}/avall.zip"})
    assert "expected " in caplog.text and "found more; it is not used" in caplog.text


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://h/zips", ["http://h/zips/", "http://h/zips"]),
        (NTSB + "{file}", ["https://data.ntsb.gov/avdata/FileDirectory/", "https://data.ntsb.gov/avdata/"]),
        ("http://h/{file}", ["http://h/"]),
    ],
)
def test_the_page_of_an_address(address: str, expected: list[str]) -> None:
    assert page_urls(address) == expected
