"""Figures as PNG, the same bytes for the same values."""

from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from models.population import CLASSES


def confusion_png(counts: list[list[int]], title: str) -> bytes:
    """A confusion matrix: rows the true class, columns the chosen one, shade the share of the row."""
    figure = Figure(figsize=(5, 4.2), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    shares = [[count / max(sum(row), 1) for count in row] for row in counts]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(CLASSES)), CLASSES)
    axes.set_yticks(range(len(CLASSES)), CLASSES)
    axes.set(xlabel="chosen (argmax)", ylabel="true", title=title)
    for row, (values, parts) in enumerate(zip(counts, shares, strict=True)):
        for column, (count, share) in enumerate(zip(values, parts, strict=True)):
            colour = "white" if share > 0.5 else "black"
            axes.text(column, row, f"{count:,}\n{share:.0%}", ha="center", va="center", color=colour, fontsize=9)
    buffer = BytesIO()
    # matplotlib writes its version otherwise.
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
