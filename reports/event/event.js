// Shows the event whose id is in the address: loads the files that contain it, and fills the sections of the page.
document.addEventListener("DOMContentLoaded", () => {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const [heading, lead, status] = [document.querySelector("h1"), document.getElementById("lead"), document.getElementById("status")];
  const titles = [heading.firstChild.data, document.title];
  const [cited, address] = [document.getElementById("citation").firstChild, document.getElementById("citation-address")];
  const citation = [cited.data, address.textContent];
  const SECTIONS = [...document.querySelectorAll("main section")].map((node) => node.id.slice("section-".length));
  const EVENT_LABELS = {
    ev_id: "Event id", ntsb_no: "NTSB number", ev_type: "Kind", ev_date: "Date", ev_time: "Time", ev_city: "City", ev_state: "State",
    ev_country: "Country", apt_name: "Airport", ev_highest_injury: "Highest injury", total_deaths: "Deaths, on the ground included",
    total_seriously_injured: "Seriously injured, on the ground included", inj_f_grnd: "Deaths on the ground",
    inj_s_grnd: "Seriously injured on the ground", inj_m_grnd: "Slightly injured on the ground", light_cond: "Light",
    wx_cond_basic: "Weather", lead: "Investigation led by", lchg_date: "Last changed by NTSB",
  };
  const AIRCRAFT_LABELS = {
    regis_no: "Registration", acft_make: "Make, as recorded", acft_model: "Model, as recorded", make: "Make, standard name",
    model: "Model, standard name", acft_category: "Category", homebuilt: "Amateur-built", acft_year: "Year of manufacture",
    num_eng: "Engines", total_seats: "Seats", damage: "Damage", acft_fire: "Fire", acft_expl: "Explosion", far_part: "Operating part",
    type_fly: "Purpose of the flight", oper_sched: "Schedule", broad_phase: "Phase of flight", dprt_apt_id: "Departed from",
    dest_apt_id: "Destination",
  };
  const INDEX_LABELS = { ev_id: "Event id", ntsb_no: "NTSB number", ev_date: "Date", ev_city: "City", place: "State or country",
    registrations: "Registrations", aircraft: "Aircraft", far_parts: "Operating parts", severity: "Highest injury" };
  const YES_OR_NO = { Y: "yes", N: "no" };
  const CLOCKS = { UTC: " UTC", LOCAL: " local time", UNKNOWN: " (time zone not known)" };

  // Returns the rows of columns as objects, those of one event where `event` is its number.
  const rows = (columns, event) => {
    const names = Object.keys(columns);
    const length = columns[names[0]].length;
    const all = Array.from({ length }, (_, number) => number);
    const chosen = event === undefined ? all : all.filter((number) => columns.event[number] === event);
    return chosen.map((number) => Object.fromEntries(names.map((name) => [name, columns[name][number]])));
  };
  // Returns the number of the file whose first id is the last one that does not follow the event.
  const fileOf = (firsts, id) => firsts.filter((first) => first <= id).length - 1;

  const fill = (name, ...nodes) => {
    document.getElementById(`${name}-content`).replaceChildren(...nodes);
    document.getElementById(`section-${name}`).hidden = !nodes.length;
  };
  const list = (labels, row) => {
    const node = element("dl", null, { className: "provenance" });
    for (const [name, label] of Object.entries(labels)) {
      const value = row[name];
      if (value === null || value === undefined || value === "") continue;
      const line = element("div");
      line.append(element("dt", label), element("dd", String(value)));
      line.dataset.column = name;
      node.append(line);
    }
    return node;
  };
  const table = (caption, heads, lines) => {
    const region = element("div", null, { className: "scroll", tabIndex: 0 });
    region.setAttribute("role", "region");
    region.setAttribute("aria-label", caption);
    const node = element("table");
    const head = element("tr");
    head.append(...heads.map((text) => element("th", text, { scope: "col" })));
    const top = element("thead");
    top.append(head);
    const body = element("tbody");
    for (const line of lines) {
      const row = element("tr");
      row.append(...line.map((text) => element("td", text)));
      body.append(row);
    }
    node.append(element("caption", caption), top, body);
    region.append(node);
    return region;
  };
  const tables = (name, caption, heads, lines) => fill(name, ...(lines.length ? [table(caption, heads, lines)] : []));

  // The number of the newest call of show: what an earlier one loads late belongs to another event.
  let latest = 0;
  const isCurrent = (run) => run === latest;

  const showPosition = async (values, run) => {
    if (values.position_latitude === null) {
      fill("position", element("p", "The position is not known: NTSB's files have no coordinates, and no airport gives one."));
      return;
    }
    const [latitude, longitude] = [values.position_latitude, values.position_longitude];
    const degrees = (value, names) => `${Math.abs(value).toFixed(4)}° ${names[value < 0 ? 1 : 0]}`;
    const text = `${degrees(latitude, "NS")}, ${degrees(longitude, "EW")}. Source: ${values.position_source}. `
      + (values.uncertainty_km === null ? "" : `About 95 % of such positions are within ${values.uncertainty_km} km.`);
    const polygons = await loadData("event/outlines");
    if (!isCurrent(run)) return;
    const map = drawMap(polygons, latitude, longitude, values.uncertainty_km);
    fill("position", element("p", text), ...(map ? [map] : []));
  };

  const showLinks = (values) => {
    const names = { case: "Page of the investigation", docket: "Public docket", report: "Newest report (PDF)" };
    const texts = { none: "none: another authority leads the investigation", unknown: "not known: the files do not contain the key of the case" };
    const node = element("ul");
    for (const [name, label] of Object.entries(names)) {
      const [state, url] = [values[`${name}_status`], values[`${name}_url`]];
      const line = element("li");
      if (url) line.append(element("a", label, { href: url, rel: "noreferrer" }), ": expected");
      else line.append(`${label}: ${name === "case" && state === "unknown" ? "not known: NTSB makes one for few investigations" : texts[state]}`);
      node.append(line);
    }
    const key = values.mkey === null ? "" : ` NTSB's key of the case (mKey) is ${values.mkey}.`;
    fill("links", node, element("p", `Addresses follow NTSB's rules and were not tried.${key}`));
  };

  const showNarrative = async (values, run) => {
    const number = fileOf(settings.narratives, values.ev_id);
    const content = number < 0 ? {} : await loadData(`event/narratives-${number}`);
    if (!isCurrent(run)) return;
    const titlesOf = ["Probable cause", "What happened", "Factual report or analysis", "Incident"];
    const nodes = [];
    for (const [aircraft, ...texts] of content[values.ev_id] || []) {
      texts.forEach((text, position) => {
        if (!text) return;
        const several = content[values.ev_id].length > 1 ? `, aircraft ${aircraft}` : "";
        nodes.push(element("h3", titlesOf[position] + several), element("p", text, { className: "narrative" }));
      });
    }
    const isOld = settings.narrated_from && (!values.ev_date || values.ev_date <= settings.narrated_from);
    const text = isOld ? `This site has the narratives of events after ${settings.narrated_from}. Earlier ones are in ntsb.narratives.`
      : "NTSB's files have no narrative of this event.";
    fill("narrative", ...(nodes.length ? nodes : [element("p", text)]));
  };

  const showRevisions = async (id, run) => {
    const revisions = (await loadData("changes/revisions").catch(() => ({})))[id] || [];
    if (!isCurrent(run)) return;
    const lines = revisions.map(([, before, after, name, column, old, now]) => [`${before} to ${after}`, `${name}.${column}`, old ?? "", now ?? ""]);
    tables("revisions", "Values that NTSB revised, by pair of releases", ["Releases", "Column", "Old", "New"], lines);
  };

  const showSource = (values, aircraft) => {
    const lines = [["events", values.source_file, values.source_row]];
    for (const row of aircraft) lines.push([`aircraft ${row.aircraft_key}`, row.source_file, row.source_row]);
    const command = element("p", "Every value with its raw text: ");
    command.append(element("code", `python -m pipeline why row ntsb.events ${values.ev_id}`));
    fill("source", table("Rows of NTSB's files", ["Table", "File", "Row"], lines.map((line) => line.map(String))), command);
  };

  const showDetails = async (details, number, run) => {
    const values = rows(details.events)[number];
    const aircraft = rows(details.aircraft, number);
    const where = [values.ev_date || "Date not known", values.ev_city, values.ev_state || values.ev_country].filter(Boolean).join(", ");
    entitle(where, values.ev_id);
    fill("event", list(EVENT_LABELS, { ...values, ev_time: values.ev_time ? values.ev_time + CLOCKS[values.ev_clock] : null,
      lead: values.lead === "FOREIGN" ? "an authority of another country" : values.lead }));
    fill("aircraft", ...aircraft.flatMap((row) => [element("h3", `Aircraft ${row.aircraft_key}`), list(AIRCRAFT_LABELS, { ...row, homebuilt: YES_OR_NO[row.homebuilt] ?? row.homebuilt })]));
    const counts = rows(details.injuries, number);
    tables("injuries", "Persons aboard by injury", ["Aircraft", "Persons", "Died", "Serious", "Minor", "None"],
      counts.map((row) => [row.aircraft_key, row.persons, row.fatal, row.serious, row.minor, row.uninjured].map((value) => value ?? "")));
    tables("sequence", "Occurrences in the order of time", ["Aircraft", "No.", "Code", "Occurrence"],
      rows(details.sequence, number).map((row) => [row.aircraft_key, row.occurrence_no, row.code,
        (row.description || "not explained") + (row.defining_ev ? " (defines the event)" : "")]));
    tables("findings", "Findings, causes and factors", ["Aircraft", "No.", "Code", "Finding", "Role"],
      rows(details.findings, number).map((row) => [row.aircraft_key, row.number, row.code, row.description || "not explained", row.role || "not stated"]));
    tables("flags", "Values that a rule found doubtful; the rows are published as they are", ["Rule", "Column", "Value", "File", "Row"],
      rows(details.flags, number).map((row) => [row.flag, row.source_column, row.value, row.source_file, row.source_row]));
    showLinks(values);
    showSource(values, aircraft);
    await Promise.all([showPosition(values, run), showNarrative(values, run), showRevisions(values.ev_id, run)]);
  };

  // Names the event in the heading, the title and the citation. These keep the notice of made-up data, and the release.
  const entitle = (text, id) => {
    heading.firstChild.data = text;
    document.title = titles[1].replace(titles[0], () => text);
    cited.data = citation[0].replace(titles[0], () => `Event ${id}, ${text}`);
    // The address of a DOI is that of the release.
    address.textContent = citation[1].replace(/\/event(\.html)?$/, `$&#${encodeURIComponent(id)}`);
  };
  const untitle = () => {
    [heading.firstChild.data, document.title] = titles;
    [cited.data, address.textContent] = citation;
  };

  // Shows what the search index has: all years, or the year in the address.
  const showIndexed = async (id, year, run) => {
    for (const name of settings.years.includes(year) ? [year] : settings.years) {
      status.textContent = name === "undated" ? "Looking among events without a date." : `Looking in ${name}.`;
      const columns = await loadData(`search/${name}`).catch(() => null);
      if (!isCurrent(run)) return true;
      const row = columns && rows(columns).find((candidate) => candidate.ev_id === id);
      if (!row) continue;
      entitle([row.ev_date || "Date not known", row.ev_city, row.place].filter(Boolean).join(", "), id);
      fill("event", list(INDEX_LABELS, { ...row, severity: SEVERITIES[row.severity] || "not known" }),
        element("p", "This site has no details of events this old. They are in the tables of the release: run "),
        element("code", `python -m pipeline why row ntsb.events ${id}`));
      return true;
    }
    return false;
  };

  const show = async () => {
    // An id may contain a slash; what follows the last one is a year or undated.
    const [, id, year] = decodeHash().match(/^(.*?)(?:\/(\d{4}|undated))?$/s);
    if (document.getElementById(id)) return; // an anchor of this page, not an event
    const run = ++latest;
    for (const name of SECTIONS) fill(name);
    untitle();
    lead.hidden = Boolean(id);
    if (!id) return;
    status.textContent = "Loading.";
    const file = fileOf(settings.details, id);
    const details = file < 0 ? null : await loadData(`event/details-${file}`);
    if (!isCurrent(run)) return;
    const number = details ? details.events.ev_id.indexOf(id) : -1;
    const isShown = number >= 0 ? await showDetails(details, number, run).then(() => true) : await showIndexed(id, year, run);
    if (!isCurrent(run)) return;
    status.textContent = isShown ? "" : `This release has no event ${id}.`;
    lead.hidden = isShown;
  };
  const start = () => show().catch((error) => {
    status.textContent = `A data file cannot be read (${error.message}). Copy the whole folder of this page.`;
  });
  window.addEventListener("hashchange", start);
  start();
});
