"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);

/* ---- what is shown of a detector ---- */

const count = (value) => String(value);
// Only what is whole is 100 %.
const percent = (value) => `${Math.min(100 * value, value < 1 ? 99.9 : 100).toFixed(1)} %`;
const significant = (value) => (value === 0 ? "0" : Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3
  ? value.toExponential(2) : String(Number(value.toPrecision(3))));
const arcsec = (value) => `${value.toFixed(2)}″`;
const seconds = (value) => `${value.toFixed(1)} s`;
const bytes = (value) => (value < 1e9 ? `${(value / 1e6).toFixed(0)} MB` : `${(value / 1e9).toFixed(2)} GB`);

const BLUES = ["#ffffd9", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#0c2c84"];
const REDS = ["#fff7d6", "#fed976", "#feb24c", "#fd8d3c", "#e31a1c", "#99001f"];
const VIRIDIS = ["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"];

// Columns with `stops` can be mapped; `range` is that of their colours.
const COLUMNS = [
  { key: "visit", label: "Visit", show: count },
  { key: "detector", label: "Detector", show: (value, row) => (row.name === count(value) ? row.name : `${value} · ${row.name}`) },
  { key: "status", label: "Status", text: true },
  { key: "tracts", label: "Tracts", show: count },
  { key: "patches", label: "Patches", show: count },
  { key: "covered", label: "Covered", show: percent, stops: BLUES, range: () => [0, 1], bar: "bar-cell" },
  { key: "highVariance", label: "High variance", show: percent, stops: REDS, range: (values) => [0, Math.max(0.01, ...values)], bar: "bar-cell high" },
  { key: "variance", label: "Median variance", show: significant, stops: VIRIDIS },
  { key: "fwhm", label: "PSF FWHM", show: arcsec, stops: VIRIDIS },
  { key: "seconds", label: "Time", show: seconds, stops: VIRIDIS },
  { key: "memory", label: "Memory", show: bytes, stops: VIRIDIS },
];
const column = Object.fromEntries(COLUMNS.map((each) => [each.key, each]));
const METRICS = COLUMNS.filter((each) => each.stops);
const STATUS_COLOURS = Object.fromEntries(
  data.statuses.map((status, i) => [status, ["var(--done)", "var(--work)", "var(--failed)", "var(--absent)"][i]]));
const FAILED = data.statuses[2];

const rowId = (row) => `${row.visit}-${row.detector}`;
const rowOf = new Map(data.rows.map((row) => [rowId(row), row]));
const shown = (row, key) => (row[key] === null ? "–" : column[key].show(row[key], row));

/* ---- state: kept in the address, so that a view can be sent on ---- */

const DEFAULTS = {
  visit: data.visits.length ? String(data.visits[0].id) : "all",
  status: "", sort: "", open: "", left: "covered", right: "highVariance",
};

function state() {
  return { ...DEFAULTS, ...Object.fromEntries(new URLSearchParams(location.hash.slice(1))) };
}

function go(change) {
  const next = Object.entries({ ...state(), ...change }).filter(([key, value]) => value !== DEFAULTS[key]);
  history.replaceState(null, "", `#${new URLSearchParams(next)}`);
  render();
}

const toggle = (key) => go({ open: state().open === key ? "" : key });

/* ---- elements ---- */

function make(name, attributes = {}, ...children) {
  const svg = ["svg", "g", "polygon", "text", "path", "title"].includes(name);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function option(value, label) {
  return make("option", { value }, label);
}

/* ---- summary ---- */

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const known = (rows, key) => rows.map((row) => row[key]).filter((value) => value !== null);

function drawSummary(rows, current) {
  const tiles = data.statuses.map((status) => {
    const number = rows.filter((row) => row.status === status).length;
    return make("button", {
      class: "tile", type: "button", style: `--status: ${STATUS_COLOURS[status]}`, "data-status": status,
      disabled: number ? null : "", "aria-pressed": String(current.status === status),
      onclick: () => go({ status: current.status === status ? "" : status }),
    }, make("b", {}, String(number), make("small", {}, ` of ${rows.length}`)), make("span", {}, status));
  });
  const fact = (key, label, combine) => {
    const values = known(rows, key);
    return make("div", { class: "tile" }, make("b", {}, values.length ? column[key].show(combine(values)) : "–"), make("span", {}, label));
  };
  byId("summary").replaceChildren(
    ...tiles,
    fact("covered", "median coverage", median),
    fact("fwhm", "median PSF", median),
    fact("seconds", "median time", median),
    fact("memory", "most memory", (values) => values.reduce((a, b) => Math.max(a, b))),
  );
}

/* ---- maps ---- */

function mix(stops, fraction) {
  const place = Math.min(1, Math.max(0, fraction)) * (stops.length - 1);
  const i = Math.min(Math.floor(place), stops.length - 2);
  const parts = [stops[i], stops[i + 1]].map((stop) => [1, 3, 5].map((at) => parseInt(stop.slice(at, at + 2), 16)));
  return parts[0].map((from, channel) => Math.round(from + (parts[1][channel] - from) * (place - i)));
}

const dark = ([red, green, blue]) => 0.299 * red + 0.587 * green + 0.114 * blue < 140;

function metricRange(metric) {
  const values = known(data.rows, metric.key);
  if (!values.length) return [0, 1];
  if (metric.range) return metric.range([values.reduce((a, b) => Math.max(a, b))]);
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  return high > low ? [low, high] : [low - 0.5 * Math.abs(low || 1), high + 0.5 * Math.abs(high || 1)];
}

function describe(row) {
  const lines = [`${column.detector.label} ${shown(row, "detector")}: ${row.status}`];
  if (row.reason) lines.push(row.reason);
  for (const metric of METRICS) if (row[metric.key] !== null) lines.push(`${metric.label}: ${shown(row, metric.key)}`);
  return lines.join("\n");
}

function drawDetector(row, polygonCorners, height, metric, range, open) {
  const corners = polygonCorners.map(([x, y]) => [x, height - y]);
  const value = row[metric.key];
  const rgb = value === null ? null : mix(metric.stops, (value - range[0]) / (range[1] - range[0]));
  const middle = [0, 1].map((axis) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length);
  const width = Math.max(...corners.map((corner) => corner[0])) - Math.min(...corners.map((corner) => corner[0]));
  const label = count(row.detector);
  const polygon = make("polygon", {
    points: corners.map(([x, y]) => `${x},${y}`).join(" "),
    fill: rgb ? `rgb(${rgb})` : row.status === FAILED ? "url(#hatch-failed)" : "url(#hatch-none)",
    class: open === rowId(row) ? "open" : "", tabindex: 0, role: "button", "data-row": rowId(row), "aria-label": describe(row),
    onclick: () => { go({ open: rowId(row), status: "" }); reveal(rowId(row)); },
    onkeydown: (event) => { if (event.key === "Enter") { go({ open: rowId(row), status: "" }); reveal(rowId(row)); } },
    onpointermove: (event) => { if (event.pointerType === "mouse") showTip(event, describe(row)); },
    onpointerleave: hideTip,
  });
  const ink = rgb ? (dark(rgb) ? "#ffffff" : "#1b2430") : "var(--ink)";
  const halo = rgb ? {} : { stroke: "var(--panel)", "stroke-width": 0.08 * width, "paint-order": "stroke" };
  return [polygon, make("text", { x: middle[0], y: middle[1], "font-size": Math.min(60, width * Math.min(0.34, 0.9 / label.length)), fill: ink, ...halo }, label)];
}

function drawCompass(plane) {
  const arm = ([dx, dy], name) => [
    make("path", { d: `M0,0 L${9 * dx},${-9 * dy}` }),
    make("text", { x: 15 * dx, y: -15 * dy, "font-size": 10 }, name),
  ];
  return make("svg", { class: "compass", viewBox: "-26 -26 52 52", role: "img", "aria-label": "north and east" },
    ...arm(plane.north, "N"), ...arm(plane.east, "E"));
}

function drawMap(visit, metric, open) {
  const [width, height] = visit.map.size;
  const range = metricRange(metric);
  const shapes = Object.entries(visit.map.polygons).flatMap(([detector, polygon]) =>
    drawDetector(rowOf.get(`${visit.id}-${detector}`), polygon, height, metric, range, open));
  return make("svg", { class: "map", viewBox: `-3 -3 ${width + 6} ${height + 6}`, role: "group", "aria-label": `Visit ${visit.id}: ${metric.label}` },
    ...shapes);
}

function drawScale(metric) {
  const range = metricRange(metric);
  return make("span", { class: "scale" }, metric.show(range[0]),
    make("i", { style: `background: linear-gradient(90deg, ${metric.stops.join(",")})` }), metric.show(range[1]));
}

function chooser(side, current) {
  const select = make("select", { "aria-label": "Quantity of the map", id: side, onchange: (event) => go({ [side]: event.target.value }) },
    ...METRICS.map((metric) => option(metric.key, metric.label)));
  select.value = current[side];
  return select;
}

function drawMaps(current) {
  const many = current.visit === "all";
  byId("maps").classList.toggle("many", many);
  const chosen = (side) => column[current[side]]?.stops ? column[current[side]] : column[DEFAULTS[side]];
  const figures = [];
  if (many) {
    const metric = chosen("left");
    figures.push(make("figure", { style: "grid-column: 1 / -1; content-visibility: visible" },
      make("figcaption", {}, chooser("left", current), drawScale(metric))));
    for (const visit of data.visits) {
      const link = make("a", { class: "visit", href: `#visit=${visit.id}` }, `Visit ${visit.id}`);
      figures.push(make("figure", {}, make("figcaption", {}, link, visit.map ? drawCompass(visit.map) : ""), visit.map ? drawMap(visit, metric, current.open) : ""));
    }
  } else {
    const visit = data.visits.find((each) => String(each.id) === current.visit);
    for (const side of visit?.map ? ["left", "right"] : []) {
      const metric = chosen(side);
      figures.push(make("figure", { id: `map-${side}` },
        make("figcaption", {}, chooser(side, current), drawCompass(visit.map), drawScale(metric)), drawMap(visit, metric, current.open)));
    }
    if (!figures.length) figures.push(make("p", {}, "It is not known where the detectors of this visit are."));
  }
  byId("maps").replaceChildren(...figures);
}

function showTip(event, text) {
  const tip = byId("tip");
  tip.hidden = false;
  tip.textContent = text;
  tip.style.left = `${Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)}px`;
  tip.style.top = `${Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8)}px`;
}

function hideTip() {
  byId("tip").hidden = true;
}

/* ---- table ---- */

function sorted(rows, order) {
  const descending = order.startsWith("-");
  const key = order.replace("-", "");
  if (!column[key]) return rows;
  const sign = descending ? -1 : 1;
  const rank = (row) => (key === "status" ? data.statuses.indexOf(row.status) : row[key]);
  // What is unknown comes last either way.
  return [...rows].sort((a, b) => (rank(a) === null) - (rank(b) === null) || sign * (rank(a) - rank(b)));
}

function nextOrder(key, order) {
  return order === key ? `-${key}` : order === `-${key}` ? "" : key;
}

function drawHead(order, columns) {
  byId("columns").replaceChildren(...columns.map((each) => {
    const direction = order === each.key ? "ascending" : order === `-${each.key}` ? "descending" : null;
    return make("th", { scope: "col", class: each.text ? "text" : "", "aria-sort": direction },
      make("button", { type: "button", "data-sort": each.key, onclick: () => go({ sort: nextOrder(each.key, order) }) }, each.label));
  }));
  const select = byId("sort");
  select.replaceChildren(option("", "detector"),
    ...COLUMNS.slice(2).flatMap((each) => [option(each.key, `${each.label} ▲`), option(`-${each.key}`, `${each.label} ▼`)]));
  select.value = order;
}

function drawCell(row, each) {
  const attributes = { class: `${each.key}${each.text ? " text" : ""}`, "data-label": each.label };
  if (each.key === "status") {
    const badge = make("span", { class: "badge", style: `--status: ${STATUS_COLOURS[row.status]}` }, row.status);
    return make("td", attributes, badge, row.reason ? make("span", { class: "why", title: row.reason }, row.reason) : null);
  }
  if (row[each.key] === null) return make("td", { ...attributes, class: `${attributes.class} empty` }, make("span", { class: "none" }, "–"));
  const bar = each.bar ? make("span", { class: each.bar }, make("i", { style: `width: ${100 * row[each.key]}%` })) : null;
  return make("td", attributes, bar, shown(row, each.key));
}

// Where there is no template, the reason takes the place of its figures.
function drawCells(row, columns) {
  const status = columns.findIndex((each) => each.key === "status");
  const rest = columns.slice(status + 1);
  const first = rest.findIndex((each) => row[each.key] !== null);
  const free = row.reason ? (first < 0 ? rest.length : first) : 0;
  const cells = [...columns.slice(0, status + 1), ...rest.slice(free)].map((each) => drawCell(row, each));
  cells[status].setAttribute("colspan", 1 + free);
  return cells;
}

function drawRow(row, open, columns) {
  const id = rowId(row);
  const line = make("tr", {
    class: open === id ? "row open" : "row", id: `row-${id}`, tabindex: 0, "aria-expanded": String(open === id),
    onclick: () => toggle(id),
    onkeydown: (event) => { if (event.key === "Enter") toggle(id); },
  }, ...drawCells(row, columns));
  return open === id ? [line, drawDetail(row, columns.length)] : [line];
}

// Only here are pictures decoded: those of the one row that is open.
function drawDetail(row, width) {
  const store = byId(`pictures-${rowId(row)}`);
  const pictures = store ? JSON.parse(store.textContent) : {};
  const captions = {
    image: row.limits ? `black ${significant(row.limits[0])}, white ${significant(row.limits[1])}, asinh` : "",
    mask: "colours of planes below",
    variance: "¼ (violet) to 4 times (yellow) the median",
  };
  const figures = Object.entries(pictures).map(([plane, source]) => make("figure", {},
    make("img", { src: `data:image/webp;base64,${source}`, alt: `${plane} of detector ${row.detector}` }),
    make("figcaption", {}, make("b", {}, plane), ` ${captions[plane]}`)));
  const keys = Object.entries(data.legend).map(([plane, colour]) =>
    make("span", {}, make("i", { style: `background: ${colour}` }), plane));
  return make("tr", { class: "detail" }, make("td", { class: "detail", colspan: width },
    row.reason ? make("p", { class: "reason" }, make("b", {}, row.status), `: ${row.reason}`) : null,
    figures.length ? make("div", { class: "pictures" }, ...figures) : null,
    figures.length ? make("p", { class: "keys" }, ...keys) : null,
    make("p", { class: "origin" }, row.run ? `Run ${row.run}` : "In none of the runs.")));
}

function reveal(id) {
  byId(`row-${id}`)?.scrollIntoView({ block: "center", behavior: "smooth" });
}

/* ---- page ---- */

function stepVisit(by) {
  const ids = data.visits.map((visit) => String(visit.id));
  const to = ids[ids.indexOf(state().visit) + by];
  if (to) go({ visit: to, open: "" });
}

function drawVisits(current) {
  const ids = data.visits.map((visit) => String(visit.id));
  byId("visit").value = current.visit;
  byId("previous").disabled = ids.indexOf(current.visit) <= 0;
  byId("next").disabled = current.visit === ids[ids.length - 1];
}

function render() {
  const current = state();
  const ofVisit = data.rows.filter((row) => current.visit === "all" || String(row.visit) === current.visit);
  const rows = sorted(ofVisit.filter((row) => !current.status || row.status === current.status), current.sort);
  const columns = current.visit === "all" ? COLUMNS : COLUMNS.slice(1);
  hideTip();
  drawVisits(current);
  drawSummary(ofVisit, current);
  drawMaps(current);
  drawHead(current.sort, columns);
  byId("count").textContent = current.status ? `${rows.length} ${current.status}` : `${rows.length}`;
  byId("rows").replaceChildren(...rows.flatMap((row) => drawRow(row, current.open, columns)));
}

byId("about").replaceChildren(...Object.entries(data.about).map(([name, text]) =>
  make("div", {}, make("dt", {}, name), make("dd", {}, text))));
byId("visit").append(...data.visits.map((visit) => option(String(visit.id), String(visit.id))));
if (data.visits.length > 1) byId("visit").append(option("all", `all ${data.visits.length}`));
byId("visit").addEventListener("change", (event) => go({ visit: event.target.value, open: "" }));
byId("previous").addEventListener("click", () => stepVisit(-1));
byId("next").addEventListener("click", () => stepVisit(1));
byId("sort").addEventListener("change", (event) => go({ sort: event.target.value }));
addEventListener("hashchange", render);
render();
