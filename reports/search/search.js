// Searches the index, one data file per year, newest year first, and lists matching events.
document.addEventListener("DOMContentLoaded", () => {
  const PAGE = 100;
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const [text, year, part, results, status, more] =
    ["text", "year", "part", "results", "status", "more"].map((id) => document.getElementById(id));
  const indexes = new Map();
  let current = null;

  const fold = (value) => value.normalize("NFD").replace(/\p{M}/gu, "").toUpperCase();
  const compact = (value) => fold(value).replace(/[\s-]+/g, "");

  // Returns the rows of a year, each with the text that words are looked up in.
  const rowsOf = async (name) => {
    if (!indexes.has(name)) {
      const columns = await loadData(`search/${name}`);
      const names = Object.keys(columns);
      const rows = columns.ev_id.map((_, number) => {
        const row = Object.fromEntries(names.map((column) => [column, columns[column][number] ?? ""]));
        const values = [row.ev_id, row.ntsb_no, row.ev_date, row.ev_city, row.place, row.registrations, row.aircraft];
        row.words = ` ${fold(values.join(" ")).replace(/[,()/]+/g, " ")}`;
        row.codes = row.registrations.split(", ").concat(row.ev_id, row.ntsb_no).map(compact).filter(Boolean);
        row.parts = row.far_parts.split(", ");
        return row;
      });
      indexes.set(name, rows);
    }
    return indexes.get(name);
  };

  const isNamed = (row, typed) => row.codes.some((code) => code === typed || code === `N${typed}`);
  const matches = (row, query) => {
    if (query.part && !row.parts.includes(query.part)) return false;
    return isNamed(row, query.code) || query.words.every((word) => row.words.includes(` ${word}`) || isNamed(row, compact(word)));
  };

  const item = (row) => {
    const from = settings.details_from;
    const isOld = from && (!row.ev_date || row.ev_date <= from);
    const node = element("li");
    const where = [row.ev_date || "date not known", row.ev_city, row.place].filter(Boolean).join(", ");
    // The page of an older event finds it in the index of its year.
    const suffix = isOld ? `/${row.ev_date ? row.ev_date.slice(0, 4) : "undated"}` : "";
    node.append(element("a", where, { href: `event.html#${encodeURIComponent(row.ev_id)}${suffix}` }), element("br"));
    const severity = SEVERITIES[row.severity] || "injuries not known";
    const values = [row.registrations, row.aircraft, severity, row.ntsb_no, row.ev_id];
    node.append(element("span", values.filter(Boolean).join("; ")));
    return node;
  };

  const yearsOf = (query) => {
    const names = settings.years.map(([name]) => name);
    const dates = query.words.filter((word) => /^\d{4}-\d{2}(-\d{2})?$/.test(word)).map((word) => word.slice(0, 4));
    const chosen = query.year || dates[0];
    return chosen ? names.filter((name) => name === chosen) : names;
  };

  const report = (query, done) => {
    const count = counted(query.shown, "event");
    const rest = query.years.length ? `, years since ${query.last} searched` : "";
    const name = query.last === "undated" ? "events without a date" : query.last;
    status.textContent = done ? `${query.shown ? count : "No event"} found${rest}.` : `Searching ${name}; ${count} so far.`;
    more.hidden = !done || !query.years.length;
  };

  const safely = () => search(current).catch((error) => {
    status.textContent = `The data file ${error.message} cannot be read. Copy the whole folder of this page.`;
  });

  // Searches year by year until a page of results is full or no year is left.
  const search = async (query) => {
    const limit = query.shown + PAGE;
    more.hidden = true;
    while (query.years.length && query.shown < limit) {
      query.last = query.years.shift();
      report(query, false);
      const rows = await rowsOf(query.last);
      if (current !== query) return;
      const matching = rows.filter((row) => matches(row, query));
      query.shown += matching.length;
      // The event with the number or registration that was typed comes before those with its words.
      results.prepend(...matching.filter((row) => isNamed(row, query.code)).map(item));
      results.append(...matching.filter((row) => !isNamed(row, query.code)).map(item));
    }
    report(query, true);
  };

  const start = () => {
    const typed = text.value.trim();
    const words = fold(typed).replace(/[,()/]+/g, " ").split(/\s+/).filter(Boolean);
    current = { words, code: compact(typed), year: year.value, part: part.value, shown: 0, last: "" };
    current.years = yearsOf(current);
    results.replaceChildren();
    more.hidden = true;
    if (!words.length && !current.year && !current.part) {
      status.textContent = "Type a word, or choose a year or a part.";
      return;
    }
    window.history.replaceState(null, "", `#${encodeURIComponent(typed)}`);
    safely();
  };

  document.getElementById("search").addEventListener("submit", (event) => { event.preventDefault(); start(); });
  for (const select of [year, part]) select.addEventListener("change", start);
  more.addEventListener("click", safely);
  const open = () => {
    const typed = decodeHash();
    if (typed && !document.getElementById(typed)) { text.value = typed; start(); }
  };
  window.addEventListener("hashchange", open);
  open();
});
