"""The page that lists the files of a URL: names of weekly files and manuals, which differ from week to week.

The page is an index of Apache or IIS, or any page with links to the files, such as NTSB's. Links to other servers are
not followed.
"""

import html
import logging
import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urljoin, urlsplit

from pipeline.errors import SourceNotFound, SourceUnreachable
from pipeline.ingest import http, snapshot
from pipeline.ingest.http import RequestPolicy
from pipeline.redaction import without_credentials

MAX_PAGE_BYTES = 1_000_000
MAX_FILES = 500
LINK = re.compile(r"\bhref\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>\"']+)", re.IGNORECASE)
# The last part of a path, or of the value of a query, such as `fileID=C:\avdata\avall.zip`.
FILE = re.compile(r"(?:^|[/\\=])(?P<name>\w[\w .()-]{0,99}\.(?:zip|mdb|accdb|pdf|docx?))$", re.IGNORECASE)
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
    for link in LINK.findall(text):
        url = _absolute_url(page_url, html.unescape(link.strip("\"'")).strip())
        match = FILE.search(unquote(url))
        if not match:
            continue
        name = match["name"]
        source = snapshot.canonical_name(name) if name.lower().endswith(".zip") else None
        if source:
            listing.sources.setdefault(source, url)
        elif name.lower().endswith(MANUAL_SUFFIXES):
            listing.manuals.setdefault(name, url)
        else:
            ignored.add(name)
        if len(listing.sources) + len(listing.manuals) > MAX_FILES:
            raise SourceNotFound(f"{page_url}: expected links to at most {MAX_FILES} files, found more; it is not used")
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
            return None
        except SourceNotFound as error:
            log.debug("%s", error)
            continue
        if listing.sources:
            return listing
    return None


def _absolute_url(page_url: str, link: str) -> str:
    """Return the URL of a link without its fragment; empty for an invalid one, and for one to another server."""
    try:
        url = urljoin(page_url, link).partition("#")[0]
        page, target = urlsplit(page_url), urlsplit(url)
    except ValueError:
        return ""
    return url if (page.scheme, page.netloc.lower()) == (target.scheme, target.netloc.lower()) else ""
