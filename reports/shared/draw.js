"use strict";
// Draws all charts in the current color scheme, and again when the color scheme changes and for printing.
document.addEventListener("DOMContentLoaded", () => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const palette = JSON.parse(document.getElementById("palette").textContent);
  const recolor = (value) => {
    if (typeof value === "string") return palette[value] || value;
    if (Array.isArray(value)) return value.map(recolor);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, recolor(inner)]));
    }
    return value;
  };
  const config = {
    displaylogo: false,
    responsive: true,
    // A list of what is shown: plotly's other buttons zoom, or upload the chart.
    modeBarButtons: [["toImage"]],
    plotlyServerURL: "",
  };
  const draw = (isDark) => {
    for (const element of document.querySelectorAll(".chart")) {
      const figure = JSON.parse(document.getElementById(`${element.id}-figure`).textContent);
      const { data, layout } = isDark ? recolor(figure) : figure;
      element.hidden = false;
      window.Plotly.react(element, data, layout, config);
    }
  };
  if (!window.Plotly) return; // plotly.min.js is missing: the data tables stay open.
  draw(dark.matches);
  for (const details of document.querySelectorAll("details.numbers")) details.open = false;
  dark.addEventListener("change", (event) => draw(event.matches));
  window.addEventListener("beforeprint", () => draw(false));
  window.addEventListener("afterprint", () => draw(dark.matches));
});
