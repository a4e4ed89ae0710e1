"""The page that lists the files of a URL: names of weekly files and manuals, which differ from week to week.

The page is an index of Apache or IIS, or any page with links to the files, such as NTSB's. Links to other servers are
not followed.
"""

import html
import logging
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urljoin, urlsplit

from pipeline.errors import PageTooLarge, SourceNotFound, SourceUnreachable
from pipeline.ingest import http, snapshot
from pipeline.ingest.http import RequestPolicy
from pipeline.redaction import without_credentials

MAX_PAGE_BYTES = 1_000_000
MAX_FILES = 500
HREF = r"\bhref\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>\"']+)"
LINK, BASE = re.compile(HREF, re.IGNORECASE), re.compile(rf"<base\b[^>]{{0,200}}?{HREF}", re.IGNORECASE)
PORTS = {"http": 80, "https": 443}
# The last part of a path, or of the value of a query, such as `fileID=C:\avdata\avall.zip`.
FILE = re.compile(r"(?:^|[/\\])(?P<name>\w[\w .()-]{0,99}\.(?:zip|mdb|accdb|pdf|docx?))$", re.IGNORECASE)
MANUAL_SUFFIXES = (".pdf", ".doc", ".docx")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Listing:
    """URLs by canonical source name, and URLs of manuals by file name, as on the page, without credentials."""

    sources: dict[str, str] = field(default_factory=dict)
    manuals: dict[str, str] = field(default_factory=dict)


# By address; None where no page is available.
_listings: dict[str, Listing | None] = {}


def clear() -> None:
    """Forget all pages: the next call of `read_listing` is a new request."""
    _listings.clear()


def read_listing(address: str, policy: RequestPolicy) -> Listing | None:
    """Return the files on the page of an address, None if there is no such page; requested once per process."""
    if address not in _listings:
        _listings[address] = _request_listing(address, policy)
    return _listings[address]


def page_urls(address: str) -> list[str]:
    """Return the URLs that may be the page of an address: its folder, or with `{file}` the folders above the name."""
    path, placeholder, _ = address.partition("{file}")
    if not placeholder:
        return [address.rstrip("/") + "/", address]
    folder = urljoin(path.partition("?")[0], ".")
    parent = urljoin(folder, "..")
    return [folder] if parent == folder else [folder, parent]


def parse_listing(text: str, page_url: str) -> Listing:
    """Return the files that a page links to on its own server; of several links to a file, the first."""
    listing, ignored = Listing(), set()
    base = BASE.search(text)
    base_url = _absolute_url(page_url, page_url, base[1]) if base else ""
    for link in LINK.findall(text):
        url = _absolute_url(page_url, base_url or page_url, link)
        name = _file_name(urlsplit(url))
        if not name:
            continue
        source = snapshot.canonical_name(name) if name.lower().endswith(".zip") else None
        if source:
            listing.sources.setdefault(source, url)
        elif name.lower().endswith(MANUAL_SUFFIXES):
            listing.manuals.setdefault(name, url)
        else:
            ignored.add(name)
        if len(listing.sources) + len(listing.manuals) > MAX_FILES:
            raise PageTooLarge(f"{page_url}: expected links to at most {MAX_FILES} files, found more; it is not used")
    if ignored:
        names = ", ".join(sorted(ignored)[:20])
        log.info("%s: %d files are ignored, because their names are not NTSB's: %s", page_url, len(ignored), names)
    return listing


def _request_listing(address: str, policy: RequestPolicy) -> Listing | None:
    for url in page_urls(address):
        try:
            text, page_url = http.read_page(url, policy, MAX_PAGE_BYTES)
            listing = parse_listing(text, without_credentials(page_url))
        except SourceUnreachable as error:
            log.warning("the page that lists weekly files is not available: %s", error)
            if not isinstance(error, PageTooLarge):
                return None
            continue
        except SourceNotFound as error:
            log.debug("%s", error)
            continue
        if listing.sources:
            return listing
    return None


def _file_name(url: SplitResult) -> str:
    """Return the name of the file that a URL leads to, the last of several, empty if it is of another kind."""
    names = [unquote(url.path), *(value for _, value in parse_qsl(url.query))]
    return next((match["name"] for match in map(FILE.search, reversed(names)) if match), "")


def _absolute_url(page_url: str, base_url: str, link: str) -> str:
    """Return the URL of a link without its fragment; empty for an invalid one, and for one to another server."""
    try:
        url = urljoin(base_url, html.unescape(link.strip("\"'")).strip()).partition("#")[0]
        page, target = urlsplit(page_url), urlsplit(url)
        is_same_server = _server(page) == _server(target) and "@" not in target.netloc
    except ValueError:
        return ""
    return url if is_same_server else ""


def _server(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or PORTS.get(url.scheme)
