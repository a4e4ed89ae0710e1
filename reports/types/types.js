"use strict";
// Shows a type (#type=NAME) or two (#a=NAME&b=NAME, also ?a=NAME&b=NAME), and searches and sorts the table of types.
(() => {
  const data = JSON.parse(document.getElementById("types-data").textContent);
  const byName = new Map(data.types.map((type) => [type.name, type]));
  const chosen = document.getElementById("chosen");
  const selects = ["a", "b"].map((name) => document.getElementById(`type-${name}`));
  const count = (value) => (value === null ? "unknown" : value.toLocaleString("en-US"));

  // An element with properties and children; text is never interpreted as HTML.
  const make = (name, properties = {}, ...children) => {
    const node = document.createElementNS(name === "svg" || properties.svg ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml", name);
    for (const [key, value] of Object.entries(properties)) if (key !== "svg") node.setAttribute(key, value);
    node.append(...children);
    return node;
  };

  // The share of a count with its 95 % score interval (Wilson 1927), as the tables of all pages have it.
  const share = (part, whole) => {
    if (whole < Math.max(data.minCount, 1)) return "too few";
    const z = 1.959963984540054, p = part / whole, scale = 1 + z * z / whole;
    const middle = (p + z * z / (2 * whole)) / scale;
    const half = z / scale * Math.sqrt(p * (1 - p) / whole + z * z / (4 * whole * whole));
    const text = (value) => (100 * Math.min(Math.max(value, 0), 1)).toFixed(1);
    // As Python rounds: 6.25, which is exact, to 6.2; toFixed would round it up.
    const percent = (100 * part) / whole, rounded = (percent % 1 === 0.25 ? percent - 0.01 : percent).toFixed(1);
    return `${rounded} % [${text(part === 0 ? 0 : middle - half)},\u00a0${text(part === whole ? 1 : middle + half)}]`;
  };

  const table = (caption, heads, rows) => {
    const head = make("tr", {}, ...heads.map((text, index) => make("th", { scope: "col", class: index ? "n" : "" }, text)));
    const body = rows.map((row) => make("tr", {}, ...row.map((text, index) => (
      index ? make("td", { class: text.includes("[") ? "n i" : "n" }, text) : make("th", { scope: "row" }, text)))));
    const content = make("table", {}, make("caption", {}, caption), make("thead", {}, head), make("tbody", {}, ...body));
    return make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": caption }, content);
  };

  // Columns of one type, or of two with their names.
  const columns = (types, heads) => types.flatMap((type) => heads.map((head) => (types.length > 1 ? `${head}, ${type.name}` : head)));

  const summary = (types) => table("Accidents in the United States", ["Number", ...types.map((type) => type.name)], [
    ["Aircraft in the database", ...types.map((type) => count(type.aircraft))],
    ["Accidents", ...types.map((type) => count(type.accidents))],
    ["Fatal accidents", ...types.map((type) => count(type.fatal_accidents))],
    ["Share fatal, of accidents of known severity", ...types.map((type) => share(type.fatal_accidents, type.accidents_of_known_severity))],
    ["Deaths", ...types.map((type) => type.deathsText)],
  ]);

  const topic = (types, name) => {
    const [title, head] = data.topics[name];
    const rows = types.map((type) => new Map(type.topics[name].map((row) => [row[0], row])));
    const values = [...new Set(types.flatMap((type) => type.topics[name].map((row) => row[0])))];
    const ofType = name === "severity" ? ["Accidents", "Share of accidents"] : ["Accidents", "Share of accidents", "Share fatal"];
    const cells = values.map((value) => [value, ...types.flatMap((type, index) => {
      const [, accidents, fatal, known] = rows[index].get(value) || [value, 0, 0, 0];
      return [count(accidents), share(accidents, type.accidents), share(fatal, known)].slice(0, ofType.length);
    })]);
    return [make("h3", {}, title), table(title, [head, ...columns(types, ofType)], cells)];
  };

  // Bars of accidents per year, the fatal ones darker. The table below has the same numbers.
  const bars = (type, first, last, highest) => {
    const height = 120, step = 100 / (last - first + 1), percent = (value) => `${value.toFixed(2)}%`;
    const breaks = data.breaks.filter((year) => first < year && year <= last);
    const picture = make("svg", { width: "100%", height: height + 36, class: "plot", role: "img",
      "aria-label": `Accidents of ${type.name} per year, ${first} to ${last}, at most ${highest} in a year` });
    const label = (year, x, y, anchor) => make("text", { svg: 1, class: "tick", x, y, "text-anchor": anchor }, String(year));
    for (const [year, accidents, fatal] of type.topics.year) {
      if (year === null) continue;
      const part = data.incomplete.includes(Number(year)) ? " part" : "";
      for (const [value, color] of [[accidents, "pale"], [fatal, "brick"]]) {
        const size = (height * value) / highest, position = { x: percent((year - first) * step), y: 18 + height - size };
        const bar = make("rect", { svg: 1, ...position, width: percent(step * 0.86), height: size, class: color + part });
        bar.append(make("title", { svg: 1 }, `${year}: ${counted(accidents, "accident")}, ${count(fatal)} fatal`));
        picture.append(bar);
      }
    }
    for (const year of breaks) {
      const x = percent((year - first) * step);
      picture.append(make("line", { svg: 1, class: "break", x1: x, x2: x, y1: 18, y2: 18 + height }), label(year, x, 13, "middle"));
    }
    picture.append(label(first, "0%", height + 33, "start"), label(last, "100%", height + 33, "end"));
    return picture;
  };

  const years = (types) => {
    const dated = types.flatMap((type) => type.topics.year.filter((row) => row[0] !== null));
    if (!dated.length) return [];
    const numbers = dated.map((row) => Number(row[0]));
    const [first, last, highest] = [Math.min(...numbers), Math.max(...numbers), Math.max(...dated.map((row) => row[1]))];
    const all = [...new Set(numbers)].sort((one, other) => one - other);
    const rows = types.map((type) => new Map(type.topics.year.map((row) => [Number(row[0]), row])));
    const notes = data.incomplete.filter((year) => all.includes(year)).map((year) => ` ${year} is incomplete; it is drawn as an outline.`);
    const broken = data.breaks.some((year) => first < year && year <= last) ? " Dotted lines mark where a database with different coding rules begins." : "";
    return [make("h3", {}, "Years"), ...types.map((type, index) => {
      const numbers = all.map((year) => [String(year), ...(rows[index].get(year) || [year, 0, 0]).slice(1, 3).map(count)]);
      const figure = make("figure", { class: "chart", id: `chart-type-${"ab"[index]}` }, bars(type, first, last, highest),
        make("figcaption", {}, `${type.name}: accidents per year, the fatal ones in red. The scale ends at ${highest}.${broken}${notes.join("")}`),
        make("details", {}, make("summary", {}, "Data table"), table(`${type.name}: accidents by year`, ["Year", "Accidents", "Fatal"], numbers)));
      addSaveButtons(figure);
      return figure;
    })];
  };

  const show = (types, unknown) => {
    chosen.replaceChildren();
    chosen.hidden = !types.length && !unknown.length;
    for (const name of unknown) chosen.append(make("p", { class: "note" }, `This page has no type “${name}”.`));
    if (!types.length) return;
    const heading = make("h2", { tabindex: "-1" }, types.map((type) => type.name).join(" and "));
    const names = types.map((type) => make("p", {}, `${type.name} includes, with the number of aircraft: ${type.names || "names with fewer than 5 aircraft only"}.`));
    const back = make("p", {}, make("a", { href: "#all-types" }, "Back to all types"));
    chosen.append(heading, summary(types), ...years(types), ...Object.keys(data.topics).flatMap((name) => topic(types, name)), ...names, back);
    heading.focus({ preventScroll: true });
    heading.scrollIntoView();
  };

  // The parameters of a part of the address; null if it names no type. A plus stays one: see named.
  const parse = (text) => {
    const parameters = new URLSearchParams(text.replace(/^[?#]/, "").replace(/\+/g, "%2B"));
    return ["type", "a", "b"].some((name) => parameters.has(name)) ? parameters : null;
  };

  // The type with a name, otherwise in other letter case, or with each blank written as a plus, as forms do.
  const named = (text) => {
    const alike = (name) => name.toLowerCase().replace(/[+\s]+/g, " ").trim();
    return byName.get(text) ?? data.types.find((type) => alike(type.name) === alike(text));
  };

  const open = (parameters) => {
    const wanted = parameters.has("type") ? [parameters.get("type")] : ["a", "b"].map((name) => parameters.get(name));
    const types = wanted.map((name) => name && named(name));
    selects.forEach((select, index) => { select.value = types[index] ? types[index].name : ""; });
    show([...new Set(types.filter(Boolean))], [...new Set(wanted.filter((name, index) => name && !types[index]))]);
  };

  // What follows # replaces the query of the address; an anchor, except that of all types, leaves what is shown.
  const route = () => {
    const query = location.hash === "#all-types" ? null : parse(location.search);
    if (parse(location.hash) || ["", "#all-types"].includes(location.hash)) open(parse(location.hash) ?? query ?? new URLSearchParams());
  };

  const compare = () => {
    const names = selects.map((select) => select.value);
    const parts = names.map((name, index) => name && `${"ab"[index]}=${encodeURIComponent(name)}`).filter(Boolean);
    location.hash = parts.join("&") || "all-types";
  };

  const sortable = () => {
    const body = document.querySelector("#types tbody");
    document.querySelectorAll("#types thead th").forEach((head, index) => {
      const button = make("button", { type: "button", class: "sort" }, head.textContent);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const descending = index ? head.getAttribute("aria-sort") !== "descending" : head.getAttribute("aria-sort") === "ascending";
        document.querySelectorAll("#types thead th").forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", descending ? "descending" : "ascending");
        const value = (row) => (index ? Number(row.cells[index].dataset.number || -1) : row.cells[0].textContent);
        const order = (one, other) => (index ? value(one) - value(other) : value(one).localeCompare(value(other), "en"));
        body.append(...[...body.rows].sort((one, other) => (descending ? -1 : 1) * order(one, other)));
      });
    });
  };

  const searchable = () => {
    const input = document.getElementById("search"), matches = document.getElementById("matches");
    const rows = [...document.querySelectorAll("#types tbody tr[data-words]")];
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of rows) row.hidden = !words.every((word) => row.dataset.words.includes(word));
      matches.textContent = words.length ? `${rows.filter((row) => !row.hidden).length} of ${rows.length} types` : "";
    });
    document.getElementById("search-label").hidden = false;
  };

  if (data.types.length) {
    document.getElementById("compare").hidden = false;
    selects.forEach((select) => select.addEventListener("change", compare));
    sortable();
    searchable();
  }
  window.addEventListener("hashchange", route);
  open(parse(location.hash) ?? parse(location.search) ?? new URLSearchParams());
})();
