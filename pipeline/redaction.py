"""Remove credentials from text that leaves the process: logs, messages, records, pages.

Two ways, because either alone has gaps. By form: user information and query values of URLs, passwords of connection
strings. By value: the credentials of the configured addresses, which errors also quote alone, decoded or in part.
"""

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from functools import lru_cache
from io import TextIOWrapper
from types import TracebackType
from typing import Any
from urllib.parse import quote, unquote

from pipeline import config
from pipeline.errors import escape

STARS = "***"
SECRET_NAME = r"[\w.-]*(?:password|passwd|pwd|passphrase|secret|token|(?:api|access|private|subscription)[_-]?key)"
# User information may contain any character, also `/` and `@` that were not encoded: it ends at the last `@`.
URL = re.compile(r"://(?P<rest>[^\s<>]*)")
QUERY_VALUE = re.compile(r"(?P<start>[?&;#])(?P<name>[^?&;#=]*)(?P<equals>=?)(?P<value>[^&;#]*)")
# The name of the requested file is not a secret, and messages need it.
FILE_NAME = re.compile(r"(\{file\}|\.(zip|mdb|accdb|exe|pdf|docx?|txt|html?))[\"'),.:]*$", re.IGNORECASE)
QUERY_NAME = rf"(?:{SECRET_NAME}|[\w.-]*(?:sig|signature|code|key|auth|credential|pass))"
QUERY_SECRET = re.compile(rf"[?&;#]{QUERY_NAME}=([^&;#\s]+)", re.IGNORECASE)
# A value that is not closed ends with its line, or where a message was cut before its next step.
NOT_CUT = r"(?!\.\.\.;(?:\s|$))"


def _parameter_pattern(separator: str) -> re.Pattern[str]:
    """Return the pattern of a name and its secret, which is between quotes or ends with a space."""
    quoted = [rf"{quote}(?:(?:\\.|[^{quote}\\])*{quote}|(?:{NOT_CUT}(?:\\.|[^{quote}\\\n]))*)" for quote in "'\""]
    values = "|".join([*quoted, rf"(?:{NOT_CUT}(?:\\.|[^\s\\]))+"])
    return re.compile(rf"(?<![?&#\w.-])(?P<name>{SECRET_NAME}\s*{separator}\s*)({values})", re.IGNORECASE)


PARAMETER = _parameter_pattern("=")
# In a setting, which may be in another notation than that of PostgreSQL.
SETTING = _parameter_pattern("[=:]")
# Also within a string, where quotes follow backslashes.
MEMBER = re.compile(
    rf"(?P<name>(?P<quote>\\{{0,7}}[\"']){SECRET_NAME}(?P=quote)\s*:\s*)"
    rf"b?(?P<end>\\{{0,7}}[\"'])(?:(?!(?P=end)){NOT_CUT}\\?[^\n])*(?P=end)?",
    re.IGNORECASE,
)
# Not the subject of a message, which what was expected follows.
HEADER = re.compile(
    r"(?P<name>(?<![\w-])(?:[\w-]*authorization|[\w-]*(?:api|subscription)-key)[\"']?\s*[:=]\s*[\"']?"
    r"(?:(?:basic|bearer|token)\s+)?)(?!expected\s)[^\s\"']+",
    re.IGNORECASE,
)
# Shorter values are replaced only where they are not part of a word.
MIN_SUBSTRING_LENGTH = 6


def redact(text: str, *addresses: str) -> str:
    """Return the text without credentials; `addresses` may contain others than the configured ones.

    URLs lose user and password, and their query values except file names become `***`, as do passwords elsewhere.
    Characters that a terminal may interpret, except line ends and tabs, become escape sequences.
    """
    if values := _values_pattern((*config.addresses(), *addresses)):
        text = values.sub(STARS, text)
    text = URL.sub(_redact_url, text)
    text = PARAMETER.sub(rf"\g<name>{STARS}", text)
    text = MEMBER.sub(rf"\g<name>'{STARS}'", text)
    return escape(HEADER.sub(rf"\g<name>{STARS}", text), kept="\n\t")


def without_credentials(url: str) -> str:
    """Return the URL without user and password, but with its query: an identity, not for output."""
    return URL.sub(lambda match: "://" + _split_user(match["rest"])[1], url)


def _redact_url(match: re.Match[str]) -> str:
    rest = _split_user(match["rest"])[1]
    path, mark, query = rest.partition("?")
    if not mark:
        path, mark, query = rest.partition("#")
    return "://" + path + QUERY_VALUE.sub(_redact_query_value, mark + query)


def _split_user(rest: str) -> tuple[str, str]:
    """Return (user information, the rest) of a URL after its scheme."""
    user, mark, host = rest.rpartition("@")
    # Without a colon before it, an `@` after the host is part of the path.
    return (user, host) if mark and (":" in user or not re.search(r"[/?#]", user)) else ("", rest)


def _redact_query_value(match: re.Match[str]) -> str:
    start, name, value = match["start"], match["name"], match["value"]
    if match["equals"]:
        is_file_name = FILE_NAME.search(value) and not re.fullmatch(QUERY_NAME, name, re.IGNORECASE)
        return f"{start}{name}={value if not value or is_file_name else STARS}"
    return f"{start}{name if not name or start == '#' or FILE_NAME.search(name) else STARS}"


@lru_cache(maxsize=32)
def _values_pattern(addresses: tuple[str, ...]) -> re.Pattern[str] | None:
    values = {form for address in addresses for value in _secrets(address) for form in _spellings(value)}
    patterns = [
        re.escape(value) if len(value) >= MIN_SUBSTRING_LENGTH else rf"(?<!\w){re.escape(value)}(?!\w)"
        for value in sorted(values, key=lambda value: (-len(value), value))
        if len(value) > 1
    ]
    return re.compile("|".join(patterns)) if patterns else None


def _secrets(address: str) -> Iterator[str]:
    """Yield the credentials of an address: a URL with or without errors, or a connection string."""
    scheme, mark, rest = address.partition("://")
    if not mark and "@" in address and not SETTING.search(address):
        # A mistake in the scheme, such as `postgresql//user:password@host`.
        scheme, mark, rest = re.split(r"(//|^)", address, maxsplit=1)
    if mark or rest:
        user_information, rest = _split_user(rest)
        user, colon, password = user_information.partition(":")
        # A database user is not a secret; a user without a password is a token for HTTP.
        secret = password if colon else user if scheme.lower().endswith(("http", "https")) else ""
        if secret != user or not colon:
            yield secret
        yield from QUERY_SECRET.findall(rest)
    else:
        for match in SETTING.finditer(address):
            value = match.group(0).removeprefix(match["name"])
            is_quoted = value[0] in "'\""
            yield re.sub(r"\\(.)", r"\1", value[1:].removesuffix(value[0]) if is_quoted else value)
            if not is_quoted:
                # In a connection string of ODBC, the next parameter follows.
                yield value.partition(";")[0]


def _spellings(value: str) -> Iterable[str]:
    """Return a secret as errors may quote it: encoded, decoded, escaped, or only a part between reserved characters."""
    decoded = unquote(value)
    parts = re.split(r"[@/?#%:\s]", f"{value}@{decoded}")
    spellings = {value, decoded, _quoted(value), _quoted(decoded)}
    for _ in range(2):
        spellings |= {form for spelling in spellings for form in _escaped(spelling)}
    return {*spellings, quote(decoded, safe=""), *parts}


def _quoted(value: str) -> str:
    """Return a value as in a connection string, between quotes."""
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _escaped(text: str) -> Iterator[str]:
    """Yield a text as in a literal of Python or JSON, between either quotes."""
    data = text.encode(errors="backslashreplace")
    for form in (repr(text)[1:-1], ascii(text)[1:-1], json.dumps(text)[1:-1], repr(data)[2:-1]):
        yield from (form, form.replace("\\'", "'"), re.sub(r"(?<!\\)'", r"\\'", form), form.replace('\\"', '"'))


_make_record = logging.getLogRecordFactory()


def _make_redacted_record(*arguments: Any, **options: Any) -> logging.LogRecord:
    record = _make_record(*arguments, **options)
    try:
        message = record.getMessage()
    except (TypeError, ValueError):
        # The handler reports arguments that do not fit the message.
        return record
    if (redacted := redact(message)) != message:
        record.msg, record.args = redacted, ()
    if record.exc_info and record.exc_info[0]:
        record.exc_text = redact("".join(traceback.format_exception(*record.exc_info)).rstrip("\n"))
    return record


def print_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a traceback without credentials, as `sys.excepthook` does."""
    print(redact("".join(traceback.format_exception(kind, error, trace))), end="", file=sys.stderr)


def _print_ignored(ignored: Any) -> None:
    """Print an error in a function that Python calls at exit, in a destructor or in a thread."""
    if ignored.exc_value is not None:
        print_traceback(ignored.exc_type, ignored.exc_value, ignored.exc_traceback)


def install() -> None:
    """Redact every log record and every traceback of this process, regardless of its logger or handler.

    Characters that the encoding of the output lacks become escape sequences instead of an error.
    """
    for stream in (sys.stdout, sys.stderr):
        # Names of files in other encodings are written as they are in the locale C, unless to a terminal.
        if isinstance(stream, TextIOWrapper) and (stream.errors == "strict" or stream.isatty()):
            stream.reconfigure(errors="backslashreplace")
    logging.setLogRecordFactory(_make_redacted_record)
    sys.excepthook = print_traceback
    sys.unraisablehook = threading.excepthook = _print_ignored
