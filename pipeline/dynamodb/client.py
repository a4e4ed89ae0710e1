"""A connection to DynamoDB: credentials, requests that are repeated with jittered backoff, and their counts."""

import os
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline.config import Dynamodb, targets_folder
from pipeline.errors import DynamodbError, printable
from pipeline.extras import require_packages

THROTTLED = {
    *("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded", "Throttling"),
    "TransactionConflictException",
}
TEMPORARY = {"InternalServerError", "InternalFailure", "ServiceUnavailable", "ServiceUnavailableException"}
# Of the environment, a container, an instance or a web identity: no files, no other programs.
CREDENTIAL_PROVIDERS = {"env", "assume-role-with-web-identity", "container-role", "iam-role"}
# DynamoDB accepts names of 255 characters; those of tables and shapes have up to 120.
PREFIX = re.compile(r"[A-Za-z0-9_.-]{1,128}")
MAX_DELAY_S = 20.0
# Operations that change or delete what another publication may have made visible.
GUARDED = {"batch_write_item", "delete_item", "delete_table"}
READS = {"describe_table", "get_item", "query", "scan"}


def is_local(endpoint: str) -> bool:
    """Return True for an address of this machine, which costs nothing."""
    return urlsplit(endpoint).hostname in ("127.0.0.1", "localhost", "::1")


def open_client(settings: Dynamodb) -> Any:
    """Return a client of boto3, with credentials of the environment or of a role only.

    An endpoint on this machine without credentials in the environment gets made-up ones.
    """
    require_packages("dynamodb", ("boto3",))
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError
    from botocore.session import get_session

    if not PREFIX.fullmatch(settings.prefix):
        prefix = printable(settings.prefix, 80)
        raise DynamodbError(
            f"prefix: expected 1 to 128 letters, digits, '_', '.' and '-', found {prefix!r}; correct it"
        )
    session = get_session()
    resolver = session.get_component("credential_provider")
    for provider in list(resolver.providers):
        if provider.METHOD not in CREDENTIAL_PROVIDERS:
            resolver.remove(provider.METHOD)
    # Requests are repeated here, where they are counted.
    config = Config(retries={"total_max_attempts": 1}, max_pool_connections=settings.concurrency + 10)
    try:
        if is_local(settings.endpoint) and "AWS_ACCESS_KEY_ID" not in os.environ:
            session.set_credentials("local", "local")
        return boto3.Session(botocore_session=session).client(
            "dynamodb", endpoint_url=settings.endpoint or None, region_name=settings.region, config=config
        )
    except (ValueError, BotoCoreError) as error:
        raise rejected("the address", error, type(error).__name__) from error


class Database:
    """Requests to DynamoDB. `counts`: {operation: requests}, and `throttled`, `unprocessed` and `repeated`.

    `guard` is called before every attempt of a GUARDED operation, and raises an error to prevent it. `locks`: folder of
    the locks of publications; `writer`: name of this store's lock, by which its marks are recognized; it is held only
    within `writers.writing`.
    """

    def __init__(self, client: Any, settings: Dynamodb, locks: Path | None = None) -> None:
        self.client = client
        self.settings = settings
        self.locks = locks or targets_folder() / "locks"
        self.writer = ""
        # Whether an operation other than READS has ended without an answer: it may still be carried out.
        self.is_unanswered = False
        self.counts: Counter[str] = Counter()
        self.guard: Callable[[], None] = lambda: None
        self._lock = threading.Lock()

    def count(self, name: str, number: int = 1) -> None:
        """Add to a count."""
        with self._lock:
            self.counts[name] += number

    def call(self, operation: str, handled: Collection[str] = (), **parameters: Any) -> dict[str, Any]:
        """Return the response. Raises DynamodbError after the last attempt, and for what repeating does not help.

        Errors of boto3 with a code in `handled` are raised as they are.
        """
        from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

        for attempt in range(1, self.settings.attempts + 1):
            if operation in GUARDED:
                self.guard()
            self.count(operation)
            try:
                return self._request(operation, parameters)
            except ClientError as error:
                code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
                if code in handled:
                    raise
                if code not in THROTTLED | TEMPORARY and status < 500:
                    if operation in GUARDED:
                        # Another publication may have deleted the table.
                        self.guard()
                    raise rejected(operation, error, code) from error
                self.count("throttled" if code in THROTTLED else "repeated")
                problem = code
            except (ConnectionError, HTTPClientError) as error:
                self.count("repeated")
                problem = type(error).__name__
            except BotoCoreError as error:
                raise rejected(operation, error, type(error).__name__) from error
            self.wait(attempt)
        raise exhausted(operation, problem, self.settings.attempts)

    def _request(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return the response to one request, and record if an operation other than READS ends without an answer."""
        from botocore.exceptions import ClientError, EndpointConnectionError

        is_answered = operation in READS
        try:
            response: dict[str, Any] = getattr(self.client, operation)(**parameters)
            is_answered = True
            return response
        except ClientError as error:
            # A proxy that has no answer responds with a code of its own.
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            is_answered |= status < 500 or error.response["Error"]["Code"] in THROTTLED | TEMPORARY
            raise
        except EndpointConnectionError:
            # Nothing was sent.
            is_answered = True
            raise
        finally:
            # Set only: threads share it.
            if not is_answered:
                self.is_unanswered = True

    def wait(self, attempt: int) -> None:
        """Sleep for a random time that may be twice as long for each attempt: writers that collide spread out."""
        time.sleep(random.uniform(0, min(MAX_DELAY_S, self.settings.backoff_s * 2.0 ** (attempt - 1))))

    def pages(self, operation: str, handled: Collection[str] = (), **parameters: Any) -> Any:
        """Yield the responses of `query` or `scan`, one per page."""
        while True:
            response = self.call(operation, handled, **parameters)
            yield response
            if "LastEvaluatedKey" not in response:
                return
            parameters["ExclusiveStartKey"] = response["LastEvaluatedKey"]


def rejected(operation: str, error: Exception, code: str) -> DynamodbError:
    """Return the error for a request that repeating does not help."""
    return DynamodbError(
        f"dynamodb: expected {operation} to be accepted, found {code}: {printable(str(error))}; correct [Dynamodb] in "
        "luigi.cfg, or the credentials and permissions of the environment"
    )


def exhausted(operation: str, problem: str, attempts: int) -> DynamodbError:
    """Return the error after the last attempt."""
    return DynamodbError(
        f"dynamodb: expected {operation} to be accepted in {attempts} attempts, found {problem}; "
        "run the same command again, which continues where this one ended"
    )
