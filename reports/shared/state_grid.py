"""A tile grid map of the United States: one square per state, drawn as SVG without JavaScript."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

GRID = (
    "AK .  .  .  .  .  .  .  .  .  ME",
    ".  .  .  .  .  .  .  .  .  VT NH",
    "WA ID MT ND MN IL WI MI NY RI MA",
    "OR NV WY SD IA IN OH PA NJ CT .",
    "CA UT CO NE MO KY WV VA MD DE .",
    ".  AZ NM KS AR TN NC SC DC .  .",
    ".  .  .  OK LA MS AL GA .  .  .",
    "HI .  .  TX .  .  .  .  FL .  PR",
)
TILE_PX, N_SHADES = 54, 5


@dataclass(frozen=True)
class Tile:
    """One state: offset of its square in pixels, its count, and its shade (0 no events, 1 lightest to 5 darkest)."""

    state: str
    x: int
    y: int
    count: int | None
    shade: int


def shade_limits(counts: Iterable[int | None]) -> list[int]:
    """Return upper bounds of the shades, ascending quantiles, so that each shade has about as many states."""
    positive = sorted(count for count in counts if count)
    size = len(positive)
    return sorted(
        {positive[(size * shade - 1) // N_SHADES] for shade in range(1, N_SHADES + 1) if size * shade >= N_SHADES}
    )


def shade_of(count: int | None, limits: Sequence[int]) -> int:
    """Return the shade of a count: 0 for none, then 1 to 5 by quantile."""
    return min(1 + sum(count > limit for limit in limits), N_SHADES) if count else 0


def tiles(counts: Mapping[str, int | None]) -> list[Tile]:
    """Return a tile for every state of the grid, row by row; a state that is not in `counts` has the count None."""
    limits = shade_limits(counts.values())
    squares = []
    for row, line in enumerate(GRID):
        for column, state in enumerate(line.split()):
            if state != ".":
                count = counts.get(state)
                squares.append(Tile(state, column * TILE_PX, row * TILE_PX, count, shade_of(count, limits)))
    return squares


def on_map(state: str) -> bool:
    """Return True if the grid has a square for this state code."""
    return state in {cell for line in GRID for cell in line.split()} - {"."}


def legend(counts: Iterable[int | None]) -> list[tuple[int, str]]:
    """Return (shade, label) for every shade in use, such as (2, '11 to 40')."""
    low, labels = 1, []
    for shade, limit in enumerate(shade_limits(counts), start=1):
        labels.append((shade, f"{low:,}" if low == limit else f"{low:,} to {limit:,}"))
        low = limit + 1
    return labels
