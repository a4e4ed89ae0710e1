"""The price of a publication with on-demand capacity, estimated before anything is written."""

from dataclasses import dataclass

from pipeline.config import Dynamodb
from pipeline.dynamodb.client import is_local
from pipeline.dynamodb.contents import Contents
from pipeline.dynamodb.load import BATCH_ITEMS, Difference
from pipeline.dynamodb.specification import TableSpec
from pipeline.errors import DynamodbError

READ_UNIT_BYTES = 4096


@dataclass
class Estimate:
    """Units of writes, for tables and indexes, and of reads."""

    write_units: int = 0
    read_units: int = 0

    def add(self, table: TableSpec, contents: Contents, difference: Difference) -> None:
        """Add the writes of a difference, and the reads of the whole table that compare, validate and measure.

        Each batch of writes reads the claim.
        """
        self.read_units += -(-(len(difference.to_write) + len(difference.surplus)) // BATCH_ITEMS)
        self.write_units += sum(contents.units[key] for key in difference.to_write) + len(difference.surplus)
        self.read_units += (3 + len(table.indexes)) * (contents.size_bytes // READ_UNIT_BYTES + 1)

    def usd(self, settings: Dynamodb) -> float:
        """Return the price in US dollars."""
        writes = self.write_units * settings.usd_per_million_writes
        return float(writes + self.read_units * settings.usd_per_million_reads) / 1e6


def describe(estimate: Estimate, settings: Dynamodb) -> str:
    """Return the estimate as a sentence."""
    units = f"{estimate.write_units:,} write units and {estimate.read_units:,} read units"
    if is_local(settings.endpoint):
        return f"{units}, free at a local endpoint"
    return f"{units}, about {estimate.usd(settings):.2f} US dollars with on-demand capacity, without storage"


def require_confirmation(estimate: Estimate, settings: Dynamodb, is_confirmed: bool) -> None:
    """Raise DynamodbError if the price is above the limit and not confirmed."""
    if is_local(settings.endpoint) or is_confirmed or estimate.usd(settings) <= settings.max_unconfirmed_usd:
        return
    raise DynamodbError(
        f"dynamodb: expected a publication of at most {settings.max_unconfirmed_usd:.2f} US dollars, found "
        f"{describe(estimate, settings)}; add --confirm-cost"
    )
