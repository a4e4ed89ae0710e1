// Finds accidents near an airport or a point (#near=KPAO&km=50), nearest first.
document.addEventListener("DOMContentLoaded", () => {
  const PAGE = 200, RADIUS = 6371, KM_PER_DEGREE = 111.1;
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const [form, placeInput, distance, status, choices, results] =
    ["near-form", "place", "distance", "near-status", "choices", "near-results"].map((id) => document.getElementById(id));
  let current = 0;
  form.hidden = false;

  const rowsOf = (columns) => {
    const names = Object.keys(columns);
    return columns.latitude.map((_, number) => Object.fromEntries(names.map((name) => [name, columns[name][number]])));
  };
  const radians = (degrees) => (degrees * Math.PI) / 180;
  const kilometers = (one, other) => {
    const across = Math.sin(radians(other.longitude - one.longitude) / 2) ** 2;
    const up = Math.sin(radians(other.latitude - one.latitude) / 2) ** 2;
    return 2 * RADIUS * Math.asin(Math.sqrt(up + Math.cos(radians(one.latitude)) * Math.cos(radians(other.latitude)) * across));
  };

  const pointOf = (text) => {
    const match = text.match(/^([+-]?\d+(?:\.\d+)?)\s*[,;\s]\s*([+-]?\d+(?:\.\d+)?)$/);
    if (!match) return null;
    const [latitude, longitude] = match.slice(1).map(Number);
    return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { name: `${latitude}, ${longitude}`, latitude, longitude } : null;
  };
  const nameOf = (airport) => [airport.identifiers.split(" ")[0], airport.name, airport.city, airport.state].filter(Boolean).join(", ");

  // Returns the airports with an identifier, otherwise those with all words in name, city or state.
  const airportsOf = async (text) => {
    const typed = text.toUpperCase(), words = typed.split(/[\s,]+/).filter(Boolean);
    const airports = rowsOf(await loadData("places/airports"));
    const named = airports.filter((airport) => airport.identifiers.split(" ").includes(typed));
    if (named.length || !words.length) return named;
    return airports.filter((airport) => {
      const all = ` ${[airport.name, airport.city, airport.state].filter(Boolean).join(" ").toUpperCase()}`;
      return words.every((word) => all.includes(` ${word}`));
    });
  };

  const item = ({ row, away }) => {
    const isOld = settings.details_from && (!row.ev_date || row.ev_date <= settings.details_from);
    const suffix = isOld ? `/${row.ev_date ? row.ev_date.slice(0, 4) : "undated"}` : "";
    const where = [row.ev_date || "date not known", row.ev_city, row.ev_state].filter(Boolean).join(", ");
    const node = element("li");
    node.append(element("a", where, { href: `event.html#${encodeURIComponent(row.ev_id)}${suffix}` }), element("br"));
    const severity = SEVERITIES[row.severity] || "injuries not known";
    node.append(element("span", `${away.toFixed(1)} km; ${severity}; position ${row.position_quality}; ${row.ev_id}`));
    return node;
  };

  const search = async (center, limit, searchId) => {
    const margin = limit / KM_PER_DEGREE;
    const numbers = settings.files.map((range, number) => [range, number])
      .filter(([[low, high]]) => low - margin <= center.latitude && center.latitude <= high + margin).map(([, number]) => number);
    status.textContent = `Searching near ${center.name}.`;
    const near = [];
    for (const number of numbers) {
      for (const row of rowsOf(await loadData(`places/points-${number}`))) {
        const away = kilometers(center, row);
        if (away <= limit) near.push({ row, away });
      }
      if (current !== searchId) return;
    }
    near.sort((one, other) => one.away - other.away || (one.row.ev_id < other.row.ev_id ? -1 : 1));
    const fatal = near.filter(({ row }) => row.severity === "FATL").length;
    const unknown = near.filter(({ row }) => !SEVERITIES[row.severity]).length;
    const more = near.length > PAGE ? ` The nearest ${PAGE} are listed.` : "";
    status.textContent = `${counted(near.length, "accident")} within ${limit} km of ${center.name}, `
      + `${fatal.toLocaleString("en-US")} of them fatal${unknown ? `, ${unknown.toLocaleString("en-US")} with unknown injuries` : ""}.${more}`;
    results.append(...near.slice(0, PAGE).map(item));
  };

  const start = async () => {
    const typed = placeInput.value.trim(), limit = Number(distance.value);
    const searchId = (current += 1);
    for (const node of [results, choices]) node.replaceChildren();
    if (!typed) { status.textContent = "Type an airport or a point."; return; }
    window.history.replaceState(null, "", `#near=${encodeURIComponent(typed)}&km=${limit}`);
    const point = pointOf(typed);
    const centers = point ? [point] : (await airportsOf(typed)).map((airport) => ({ ...airport, name: nameOf(airport) }));
    if (current !== searchId) return;
    if (centers.length === 1) { await search(centers[0], limit, searchId); return; }
    const first = centers.length > 20 ? " of the first 20" : "";
    status.textContent = centers.length ? `${centers.length} airports match; choose one${first}.` : "No airport of the United States matches.";
    choices.append(...centers.slice(0, 20).map((center) => {
      const node = element("li");
      const address = `#near=${encodeURIComponent(`${center.latitude}, ${center.longitude}`)}&km=${limit}`;
      node.append(element("a", center.name, { href: address }));
      return node;
    }));
  };
  const safely = () => start().catch((error) => {
    status.textContent = `The data file ${error.message} cannot be read. Copy the whole folder of this page.`;
  });

  const open = () => {
    const parameters = new URLSearchParams(window.location.hash.slice(1).replaceAll("+", "%2B"));
    if (!parameters.has("near")) return;
    placeInput.value = parameters.get("near");
    const km = parameters.get("km");
    if ([...distance.options].some((option) => option.value === km)) distance.value = km;
    safely();
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); safely(); });
  distance.addEventListener("change", () => { if (placeInput.value.trim()) safely(); });
  window.addEventListener("hashchange", open);
  open();
});
