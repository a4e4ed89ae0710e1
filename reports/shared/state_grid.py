"""A tile map: one square per state, about where it lies. Drawn as SVG: needs neither network nor JavaScript."""

from collections.abc import Mapping
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
STEP, SHADES = 54, 5


@dataclass(frozen=True)
class Tile:
    """One state: its place in pixels, its number, and its shade (0 none, 1 lightest to 5 darkest)."""

    state: str
    x: int
    y: int
    number: int | None
    shade: int


def limits(numbers: list[int]) -> list[int]:
    """Upper bounds of the shades: quantiles of the numbers above zero, so that shades hold about as many states."""
    above = sorted(number for number in numbers if number > 0)
    return sorted({above[(len(above) * at - 1) // SHADES] for at in range(1, SHADES + 1) if len(above) * at >= SHADES})


def tiles(numbers: Mapping[str, int | None]) -> list[Tile]:
    """Every state of the map, row by row; a state that is not in `numbers` has no number."""
    bounds = limits([number for number in numbers.values() if number is not None])
    found = []
    for row, line in enumerate(GRID):
        for column, state in enumerate(line.split()):
            if state != ".":
                number = numbers.get(state)
                shade = 1 + sum(number > bound for bound in bounds) if number else 0
                found.append(Tile(state, column * STEP, row * STEP, number, min(shade, SHADES)))
    return found


def on_map(state: str) -> bool:
    """True where the map has a square for this code."""
    return state in {cell for line in GRID for cell in line.split()} - {"."}


def legend(numbers: Mapping[str, int | None]) -> list[tuple[int, str]]:
    """(shade, words) for every shade in use."""
    above = [number for number in numbers.values() if number]
    low, words = 1, []
    for shade, bound in enumerate(limits(above), start=1):
        words.append((shade, f"{low:,}" if low == bound else f"{low:,} to {bound:,}"))
        low = bound + 1
    return words
