"use strict";
// Draws every figure of the page, in the light or the dark colours, and again when the reader changes them or prints.
document.addEventListener("DOMContentLoaded", () => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const palette = JSON.parse(document.getElementById("palette").textContent);
  const recoloured = (value) => {
    if (typeof value === "string") return palette[value] || value;
    if (Array.isArray(value)) return value.map(recoloured);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, recoloured(inner)]));
    }
    return value;
  };
  const config = {
    displaylogo: false,
    responsive: true,
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
  };
  const draw = (isDark) => {
    for (const place of document.querySelectorAll(".chart")) {
      const plain = JSON.parse(document.getElementById(`${place.id}-figure`).textContent);
      const { data, layout } = isDark ? recoloured(plain) : plain;
      place.hidden = false;
      window.Plotly.react(place, data, layout, config);
    }
  };
  if (!window.Plotly) return; // plotly.min.js is not beside the page: the tables stay open and say the same.
  draw(dark.matches);
  for (const numbers of document.querySelectorAll("details.numbers")) numbers.open = false;
  dark.addEventListener("change", (event) => draw(event.matches));
  window.addEventListener("beforeprint", () => draw(false));
  window.addEventListener("afterprint", () => draw(dark.matches));
});
