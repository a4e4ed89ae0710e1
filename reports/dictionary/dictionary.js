"use strict";
// Filters columns by words, and opens the table of a column that is linked.
(() => {
  const input = document.getElementById("filter");
  const matches = document.getElementById("matches");
  const sections = [...document.querySelectorAll("section.relation")];
  if (!sections.length) return;
  // Texts are read once: each of a few thousand rows, when the filter is used first.
  let rows = null;
  const read = () => sections.map((section) => ({
    section,
    details: section.querySelector("details.more"),
    about: section.querySelector("h3").textContent.toLowerCase(),
    rows: [...section.querySelectorAll("tbody > tr")].map((row) => ({ row, text: row.textContent.toLowerCase() })),
  }));
  const filter = () => {
    rows ??= read();
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { section, details, about, rows: columns } of rows) {
      let visible = 0;
      for (const { row, text } of columns) {
        row.hidden = !words.every((word) => text.includes(word) || about.includes(word));
        visible += row.hidden ? 0 : 1;
      }
      section.hidden = !visible;
      details.open = words.length > 0 && visible > 0;
      count += visible;
    }
    matches.textContent = words.length ? counted(count, "column") : "";
  };
  let timer = 0;
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 150); });
  document.getElementById("filter-label").hidden = false;
  const open = () => {
    const row = document.getElementById(decodeHash());
    const details = row && row.closest("details.more");
    if (!details) return;
    details.open = true;
    row.scrollIntoView();
  };
  window.addEventListener("hashchange", open);
  open();
})();
