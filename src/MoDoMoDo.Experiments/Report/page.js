"use strict";
const page = JSON.parse(document.getElementById("page-data").textContent);

// Charts: the figures come from Plotly.NET, the dress is the page's.
const grid = { gridcolor: "#e6eaee", zerolinecolor: "#c9d1d8", linecolor: "#c9d1d8", automargin: true };
const dress = {
  font: { family: "system-ui, Segoe UI, DejaVu Sans, sans-serif", size: 12.5, color: "#1d2733" },
  paper_bgcolor: "#fff", plot_bgcolor: "#fff", margin: { l: 60, r: 16, t: 12, b: 46 }, barmode: "group", bargap: 0.25,
  legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 }, hovermode: "closest",
};
function draw(place, figure) {
  const layout = Object.assign({}, dress, figure.layout);
  for (const axis of ["xaxis", "yaxis"]) layout[axis] = Object.assign({}, grid, figure.layout[axis]);
  if (figure.annotations) layout.annotations = figure.annotations;
  Plotly.react(place, figure.data, layout, { displayModeBar: false, responsive: true })
    .then(() => { place.dataset.drawn = "true"; });
}
for (const place of document.querySelectorAll("[data-chart]")) draw(place, page.charts[place.dataset.chart]);

// Training curves of the chosen run.
const chooser = document.getElementById("curves-run");
function curves() {
  for (const place of document.querySelectorAll("[data-curve]")) draw(place, page.curves[chooser.value][place.dataset.curve]);
}
if (chooser) { chooser.addEventListener("change", curves); curves(); }

// The table of completions: run, domain and outcome filter it, a click on a heading sorts it.
const table = document.getElementById("completions");
if (table) {
  const rowsPerPage = 15;
  const state = { sort: "step", descending: true, page: 0 };
  const pick = id => document.getElementById(id);
  const fill = (select, values, all) => {
    const kept = select.value;
    select.replaceChildren(...(all ? [new Option(all, "")] : []), ...values.map(v => new Option(v, v)));
    if (values.includes(kept)) select.value = kept;
  };
  const distinct = values => [...new Set(values)].sort();
  const run = pick("table-run"), domain = pick("table-domain"), outcome = pick("table-outcome");
  fill(run, Object.keys(page.completions));
  function filters() {
    const rows = page.completions[run.value];
    fill(domain, distinct(rows.map(r => r.domain)), "all domains");
    fill(outcome, distinct(rows.map(r => r.outcome)), "all outcomes");
  }
  function cell(text, kind) {
    const td = document.createElement("td");
    if (kind === "code") { const code = document.createElement("code"); code.textContent = text; td.append(code); }
    else { td.textContent = text; if (kind) td.className = kind; }
    return td;
  }
  const number = (x, digits) => x === null ? "" : x.toFixed(digits);
  function show() {
    const rows = page.completions[run.value]
      .filter(r => (!domain.value || r.domain === domain.value) && (!outcome.value || r.outcome === outcome.value));
    const key = state.sort, sign = state.descending ? -1 : 1;
    rows.sort((a, b) => sign * (typeof a[key] === "string" ? a[key].localeCompare(b[key]) : (a[key] ?? -9) - (b[key] ?? -9)));
    const pages = Math.max(1, Math.ceil(rows.length / rowsPerPage));
    state.page = Math.min(state.page, pages - 1);
    table.tBodies[0].replaceChildren(...rows.slice(state.page * rowsPerPage, (state.page + 1) * rowsPerPage).map(r => {
      const tr = document.createElement("tr");
      const picture = document.createElement("td");
      if (page.images[r.image]) { const img = new Image(48, 48); img.src = page.images[r.image]; picture.append(img); }
      const reward = cell(number(r.reward, 2), "number reward");
      if (r.reward !== null) reward.classList.add(r.reward >= 0.5 ? "good" : "bad");
      tr.append(cell(r.step, "number"), cell(r.domain), picture, cell(r.prompt), cell(r.completion, "code"), cell(r.expected, "code"),
        reward, cell(number(r.advantage, 2), "number"), cell(r.outcome), cell(r.why));
      return tr;
    }));
    pick("table-page").textContent = `${state.page + 1} of ${pages} (${rows.length} completions)`;
    pick("table-back").disabled = state.page === 0;
    pick("table-next").disabled = state.page === pages - 1;
    for (const th of table.tHead.querySelectorAll("[data-sort]"))
      th.textContent = th.dataset.title + (th.dataset.sort === key ? (state.descending ? " ▾" : " ▴") : "");
  }
  const restart = () => { state.page = 0; show(); };
  run.addEventListener("change", () => { filters(); restart(); });
  domain.addEventListener("change", restart);
  outcome.addEventListener("change", restart);
  pick("table-back").addEventListener("click", () => { state.page--; show(); });
  pick("table-next").addEventListener("click", () => { state.page++; show(); });
  for (const th of table.tHead.querySelectorAll("[data-sort]")) {
    th.dataset.title = th.textContent;
    th.addEventListener("click", () => {
      state.descending = state.sort === th.dataset.sort ? !state.descending : true;
      state.sort = th.dataset.sort;
      restart();
    });
  }
  filters();
  show();
  table.dataset.drawn = "true";
}
