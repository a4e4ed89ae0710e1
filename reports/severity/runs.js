// Fills the section on the run with what severity/runs.js contains. Text of the file is never interpreted as HTML.
document.addEventListener("DOMContentLoaded", async () => {
  const STATUS = { champion: "champion: the model in use", challenger: "challenger: registered, not in use", registered: "registered, not in use", "": "not registered" };
  const status = document.getElementById("runs-status");
  let history;
  try { history = await loadData("severity/runs"); } catch { status.textContent = "The file severity/runs.js cannot be read."; return; }
  const details = {
    Status: STATUS[history.status] ?? history.status, "Registered model": history.version && `${history.model}, version ${history.version}`,
    "Version in use": history.champion || "none", "MLflow experiment": history.experiment, "MLflow run, by this search": history.fingerprint && `tags.fingerprint = "${history.fingerprint}"`,
  };
  for (const [label, value] of Object.entries(details)) {
    const line = element("div");
    line.append(element("dt", label), element("dd", value || "unknown"));
    document.getElementById("runs-details").append(line);
  }
  const decision = (text) => (text === "yes" ? "promoted" : "not promoted");
  for (const run of history.decisions ?? []) {
    const row = element("tr");
    row.append(element("th", run.version, { scope: "row" }));
    const interval = run.difference && `${run.difference} [${run.low}, ${run.high}]`;
    row.append(...[run.release, decision(run.promoted), interval, run.events, run.reason].map((text) => element("td", text)));
    document.getElementById("runs-rows").append(row);
  }
  document.getElementById("runs-table").hidden = !history.decisions?.length;
  status.textContent = "";
});
