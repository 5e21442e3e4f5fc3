"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);

/* ---- quantities shown for a detector ---- */

const known = (rows, key) => rows.map((row) => row[key]).filter((value) => value !== null);

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// Same number of decimals for all, as needed for the typical value.
function decimals(values, digits) {
  const typical = values.length ? Math.abs(median(values)) : 0;
  return typical > 0 ? Math.min(8, Math.max(0, digits - 1 - Math.floor(Math.log10(typical)))) : 0;
}

const significant = (value) => (value === 0 ? "0" : Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3
  ? value.toExponential(2) : String(Number(value.toPrecision(3))));
const count = (value) => String(value);
// Show 100 % only for exactly 1.
const percent = (value) => Math.min(100 * value, value < 1 ? 99.9 : 100).toFixed(1);
const varianceDecimals = decimals(known(data.rows, "variance"), 3);
const variance = (value) => {
  const text = value.toFixed(varianceDecimals);
  return value !== 0 && (Number(text) === 0 || text.length > 9) ? value.toExponential(2) : text;
};
const bytes = (value) => (value < 1e9 ? `${(value / 1e6).toFixed(0)} MB` : `${(value / 1e9).toFixed(2)} GB`);
const pixelUnit = (data.rows.find((row) => row.variance !== null) || { unit: "nJy" }).unit;

const BLUES = ["#ffffd9", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#0c2c84"];
const REDS = ["#fff7d6", "#fed976", "#feb24c", "#fd8d3c", "#e31a1c", "#99001f"];
const VIRIDIS = ["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"];

// Columns with `stops` can be mapped; `range` is the range of their colors in
// the displayed unit, that of the value times `scale`. `csv` names the unit in files.
const COLUMNS = [
  { key: "visit", label: "Visit", text: true, show: count, width: 136 },
  { key: "detector", label: "Detector", text: true, width: 142, show: (value, row) => (row.name === count(value) ? row.name : `${value} · ${row.name}`) },
  { key: "status", label: "Status", text: true, width: null },
  { key: "tracts", label: "Tracts", show: count, width: 68 },
  { key: "patches", label: "Patches", show: count, width: 76 },
  { key: "covered", label: "Covered", show: percent, unit: "%", csv: "percent", scale: 100, stops: BLUES, range: () => [0, 100], bar: "bar-cell", width: 150 },
  { key: "highVariance", label: "High variance", show: percent, unit: "%", csv: "percent", scale: 100, stops: REDS, range: (values) => [0, Math.max(1, ...values)], bar: "bar-cell high", width: 150 },
  { key: "variance", label: "Median variance", show: variance, unit: `${pixelUnit}²`, csv: `${pixelUnit}2`, stops: VIRIDIS, width: 142 },
  { key: "fwhm", label: "PSF FWHM", show: (value) => value.toFixed(2), unit: "″", csv: "arcsec", stops: VIRIDIS, width: 108 },
  { key: "seconds", label: "Time", show: (value) => value.toFixed(1), unit: "s", csv: "seconds", stops: VIRIDIS, width: 84 },
];
const column = Object.fromEntries(COLUMNS.map((each) => [each.key, each]));
const METRICS = COLUMNS.filter((each) => each.stops);
const NUMBERS = COLUMNS.slice(3);
const STATUS_COLORS = Object.fromEntries(
  data.statuses.map((status, i) => [status, ["var(--done)", "var(--work)", "var(--failed)", "var(--absent)"][i]]));
const FAILED = data.statuses[2];

const rowId = (row) => `${row.visit}-${row.detector}`;
const rowOf = new Map(data.rows.map((row) => [rowId(row), row]));
const scaled = (row, key) => (row[key] === null ? null : row[key] * (column[key].scale || 1));
// No space before the symbol for arcseconds.
const withUnit = (text, unit) => (unit ? `${text}${unit === "″" ? "" : "\u00a0"}${unit}` : text);
const shown = (row, key) => (row[key] === null ? "–" : withUnit(column[key].show(row[key], row), column[key].unit));
const named = (each) => (each.unit ? `${each.label} (${each.unit})` : each.label);

/* ---- state: kept in the address, so that views can be shared ---- */

const DEFAULTS = {
  visit: data.visits.length ? String(data.visits[0].id) : "all",
  status: "", notes: "", text: "", where: "", sort: "", open: "", left: "covered", right: "highVariance",
};
const NO_FILTER = { status: "", notes: "", text: "", where: "" };

function state() {
  return { ...DEFAULTS, ...Object.fromEntries(new URLSearchParams(location.hash.slice(1))) };
}

function go(change) {
  const next = Object.entries({ ...state(), ...change }).filter(([key, value]) => value !== DEFAULTS[key]);
  history.replaceState(null, "", `#${new URLSearchParams(next)}`);
  render();
}

const toggle = (key) => go({ open: state().open === key ? "" : key });

/* ---- filters ---- */

// "covered<90,fwhm>1.2", in the displayed units.
function conditions(where) {
  return where.split(",").filter((part) => part).map((part) => {
    const match = /^(\w+)([<>])(.+)$/.exec(part);
    const value = match ? Number(match[3]) : NaN;
    const valid = match && NUMBERS.some((each) => each.key === match[1]) && Number.isFinite(value);
    return valid ? { part, key: match[1], relation: match[2], value } : { part, key: null };
  });
}

function fulfills(row, { key, relation, value }) {
  if (key === null) return true;
  const number = scaled(row, key);
  return number !== null && (relation === "<" ? number < value : number > value);
}

function matcher(current) {
  const needed = conditions(current.where);
  const words = current.text.toLowerCase().split(/\s+/).filter((word) => word);
  return (row) => {
    if (current.status && row.status !== current.status) return false;
    if (current.notes && !row.notes.length) return false;
    if (!needed.every((each) => fulfills(row, each))) return false;
    const text = words.length ? [row.visit, row.detector, row.name, row.status, row.reason, row.run, ...row.notes].join(" ").toLowerCase() : "";
    return words.every((word) => text.includes(word));
  };
}

const filtered = (current) => Object.keys(NO_FILTER).some((key) => current[key]);

function drawFilter(current, matching, all) {
  if (document.activeElement !== byId("text")) byId("text").value = current.text;
  byId("unit").textContent = column[byId("quantity").value].unit || "";
  const chip = (label, key, change) => make("button", { class: "chip", type: "button", "data-key": `chip-${key}`, "aria-label": `Remove filter ${label}`, onclick: () => go(change) },
    label, make("span", { "aria-hidden": "true" }, " ×"));
  const parts = conditions(current.where);
  const chips = parts.map((each) => chip(
    each.key === null ? each.part : `${column[each.key].label} ${each.relation} ${withUnit(each.value, column[each.key].unit)}`,
    each.part, { where: parts.filter((other) => other !== each).map((other) => other.part).join(",") }));
  if (current.status) chips.unshift(chip(current.status, "status", { status: "" }));
  if (current.notes) chips.unshift(chip("with notes", "notes", { notes: "" }));
  if (current.text) chips.unshift(chip(`“${current.text}”`, "text", { text: "" }));
  byId("chips").hidden = !chips.length;
  byId("chips").replaceChildren(...chips);
  byId("matches").hidden = !chips.length;
  byId("matches").textContent = `${matching.length} of ${all.length} detectors`;
}

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

function drawSummary(rows, current) {
  const button = (number, label, color, key, change) => make("button", {
    class: "tile", type: "button", style: `--status: ${color}`, "data-status": key, "data-key": `tile-${key}`,
    disabled: number ? null : "", "aria-pressed": String(change.pressed), onclick: () => go(change.to),
  }, make("b", {}, String(number), make("small", {}, ` of ${rows.length}`)), make("span", {}, label));
  const tiles = data.statuses.map((status) => button(
    rows.filter((row) => row.status === status).length, status, STATUS_COLORS[status], status,
    { pressed: current.status === status, to: { status: current.status === status ? "" : status } }));
  const noted = rows.filter((row) => row.notes.length).length;
  if (noted) tiles.push(button(noted, "with notes", "var(--note)", "notes", { pressed: Boolean(current.notes), to: { notes: current.notes ? "" : "1" } }));
  const fact = (text, label) => make("div", { class: "tile" }, make("b", {}, text), make("span", {}, label));
  const middle = (key, label) => {
    const values = known(rows, key);
    return fact(values.length ? withUnit(column[key].show(median(values)), column[key].unit) : "–", label);
  };
  const memory = known(rows, "processMemory");
  byId("summary").replaceChildren(
    ...tiles,
    middle("covered", "median coverage"),
    middle("fwhm", "median PSF"),
    middle("seconds", "median time"),
    fact(memory.length ? bytes(memory.reduce((a, b) => Math.max(a, b))) : "–", "largest process"),
  );
}

/* ---- maps ---- */

function mix(stops, fraction) {
  const place = Math.min(1, Math.max(0, fraction)) * (stops.length - 1);
  const i = Math.min(Math.floor(place), stops.length - 2);
  const parts = [stops[i], stops[i + 1]].map((stop) => [1, 3, 5].map((at) => parseInt(stop.slice(at, at + 2), 16)));
  return parts[0].map((from, channel) => Math.round(from + (parts[1][channel] - from) * (place - i)));
}

function luminance(rgb) {
  const [red, green, blue] = rgb.map((each) => {
    const part = each / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// Black or white, whichever has the higher contrast: at least 4.58 to 1.
const inkOn = (rgb) => (luminance(rgb) > 0.179 ? "#000000" : "#ffffff");

// A range of round numbers with ticks at equal steps, from end to end.
function roundRange(low, high) {
  const width = high - low;
  const power = 10 ** Math.floor(Math.log10(width / 4));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((each) => width / each <= 5);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9) + (step / power === 2.5 ? 1 : 0));
  const ticks = [];
  for (let i = first; i <= last; i += 1) ticks.push((i * step).toFixed(Math.min(digits, 12)));
  return { low: first * step, high: last * step, ticks };
}

const ranges = new Map();

function metricRange(metric) {
  if (!ranges.has(metric.key)) {
    const values = data.rows.map((row) => scaled(row, metric.key)).filter((value) => value !== null);
    const low = values.reduce((a, b) => Math.min(a, b), Infinity);
    const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
    let range = [0, 1];
    if (metric.range) range = metric.range(values.length ? [high] : []);
    else if (values.length) range = high > low ? [low, high] : [low - 0.5 * Math.abs(low || 1), high + 0.5 * Math.abs(high || 1)];
    ranges.set(metric.key, roundRange(...range));
  }
  return ranges.get(metric.key);
}

function describe(row) {
  const lines = [`${column.detector.label} ${shown(row, "detector")}: ${row.status}`];
  if (row.reason) lines.push(row.reason.length > 240 ? `${row.reason.slice(0, 240)}…` : row.reason);
  for (const metric of METRICS) if (row[metric.key] !== null) lines.push(`${metric.label}: ${shown(row, metric.key)}`);
  for (const note of row.notes.slice(0, 2)) lines.push(`Note: ${note.length > 160 ? `${note.slice(0, 160)}…` : note}`);
  return lines.join("\n");
}

function openDetector(row) {
  const hidden = !matcher(state())(row);
  go({ open: rowId(row), ...(hidden ? NO_FILTER : {}) });
  reveal(rowId(row));
}

// Target of an arrow key from a detector: the next one in that direction.
const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

function step(map, from, [dx, dy]) {
  const middle = (polygon) => [Number(polygon.dataset.x), Number(polygon.dataset.y)];
  const [x, y] = middle(from);
  let best = null;
  for (const polygon of map.querySelectorAll("polygon")) {
    const [toX, toY] = middle(polygon);
    const along = (toX - x) * dx + (toY - y) * dy;
    const across = Math.abs((toX - x) * dy) + Math.abs((toY - y) * dx);
    if (along > 1 && across < along && (best === null || along + 2 * across < best.cost)) best = { polygon, cost: along + 2 * across };
  }
  return best && best.polygon;
}

function moveTo(map, polygon) {
  for (const each of map.querySelectorAll('polygon[tabindex="0"]')) each.setAttribute("tabindex", -1);
  polygon.setAttribute("tabindex", 0);
  polygon.focus();
}

function mapKey(event, row) {
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    openDetector(row);
    return;
  }
  const map = event.target.closest("svg");
  const polygons = [...map.querySelectorAll("polygon")];
  const to = ARROWS[event.key] ? step(map, event.target, ARROWS[event.key])
    : event.key === "Home" ? polygons[0] : event.key === "End" ? polygons[polygons.length - 1] : null;
  if (ARROWS[event.key] || to) event.preventDefault();
  if (to) moveTo(map, to);
}

function drawDetector(row, polygonCorners, height, metric, range, view) {
  const corners = polygonCorners.map(([x, y]) => [x, height - y]);
  const value = scaled(row, metric.key);
  const rgb = value === null ? null : mix(metric.stops, (value - range.low) / (range.high - range.low));
  const middle = [0, 1].map((axis) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length);
  const width = Math.max(...corners.map((corner) => corner[0])) - Math.min(...corners.map((corner) => corner[0]));
  const label = count(row.detector);
  const id = rowId(row);
  const marks = [view.open === id ? "open" : "", view.matches(row) ? "" : "off"].join(" ").trim();
  const polygon = make("polygon", {
    points: corners.map(([x, y]) => `${x},${y}`).join(" "), "data-x": middle[0], "data-y": middle[1],
    fill: rgb ? `rgb(${rgb})` : row.status === FAILED ? "url(#hatch-failed)" : "url(#hatch-none)",
    class: marks, tabindex: -1, role: "button", "data-row": id, "data-key": `${view.map}-${id}`, "aria-label": describe(row),
    onclick: () => openDetector(row),
    onkeydown: (event) => mapKey(event, row),
    onfocus: (event) => { if (event.target.matches(":focus-visible")) showTipAt(event.target, describe(row)); },
    onblur: hideTip,
    onpointermove: (event) => { if (event.pointerType === "mouse") showTip(event.clientX, event.clientY, describe(row)); },
    onpointerleave: hideTip,
  });
  const ink = rgb ? inkOn(rgb) : "var(--ink)";
  const halo = rgb ? {} : { stroke: "var(--panel)", "stroke-width": 0.08 * width, "paint-order": "stroke" };
  return [polygon, make("text", { x: middle[0], y: middle[1], class: marks, "aria-hidden": "true", "font-size": Math.min(38, width * Math.min(0.34, 0.9 / label.length)), fill: ink, ...halo }, label)];
}

function drawCompass(plane) {
  const arm = ([dx, dy], name) => [
    make("path", { d: `M0,0 L${9 * dx},${-9 * dy}` }),
    make("text", { x: 15 * dx, y: -15 * dy, "font-size": 11 }, name),
  ];
  return make("svg", { class: "compass", viewBox: "-26 -26 52 52", role: "img", "aria-label": "north and east" },
    ...arm(plane.north, "N"), ...arm(plane.east, "E"));
}

function drawMap(visit, metric, view) {
  const [width, height] = visit.map.size;
  const range = metricRange(metric);
  const shapes = Object.entries(visit.map.polygons).flatMap(([detector, polygon]) =>
    drawDetector(rowOf.get(`${visit.id}-${detector}`), polygon, height, metric, range, view));
  const map = make("svg", { class: "map", viewBox: `-3 -3 ${width + 6} ${height + 6}`, role: "group", "aria-label": `Visit ${visit.id}: ${named(metric)}` },
    ...shapes);
  // One Tab stop per map; the arrow keys move on from there.
  (map.querySelector("polygon.open") || map.querySelector("polygon:not(.off)") || map.querySelector("polygon")).setAttribute("tabindex", 0);
  return map;
}

function drawScale(metric) {
  const { ticks } = metricRange(metric);
  const last = ticks.length - 1;
  return make("span", { class: "scale" },
    make("i", { style: `background: linear-gradient(90deg, ${metric.stops.join(",")})` }),
    ...ticks.map((tick, i) => make("span", { class: "tick", style: `left: ${100 * i / last}%` }, i === last ? withUnit(tick, metric.unit) : tick)));
}

function chooser(side, current) {
  const select = make("select", { "aria-label": "Quantity of the map", id: side, "data-key": `choose-${side}`, onchange: (event) => go({ [side]: event.target.value }) },
    ...METRICS.map((metric) => option(metric.key, named(metric))));
  select.value = column[current[side]]?.stops ? current[side] : DEFAULTS[side];
  return select;
}

function drawMaps(current, matches) {
  const many = current.visit === "all";
  byId("maps").classList.toggle("many", many);
  const chosen = (side) => column[current[side]]?.stops ? column[current[side]] : column[DEFAULTS[side]];
  const figures = [];
  if (many) {
    const metric = chosen("left");
    figures.push(make("figure", { class: "whole" }, make("figcaption", {}, chooser("left", current), drawScale(metric))));
    for (const visit of data.visits) {
      const link = make("a", { class: "visit", href: `#visit=${visit.id}` }, `Visit ${visit.id}`);
      const view = { map: `map-${visit.id}`, open: current.open, matches };
      figures.push(make("figure", {}, make("figcaption", {}, link, visit.map ? drawCompass(visit.map) : ""), visit.map ? drawMap(visit, metric, view) : ""));
    }
  } else {
    const visit = data.visits.find((each) => String(each.id) === current.visit);
    for (const side of visit?.map ? ["left", "right"] : []) {
      const metric = chosen(side);
      const view = { map: `map-${side}`, open: current.open, matches };
      figures.push(make("figure", { id: `map-${side}` },
        make("figcaption", {}, chooser(side, current), drawCompass(visit.map), drawScale(metric)), drawMap(visit, metric, view)));
    }
    if (visit && !visit.map) figures.push(make("p", {}, "The positions of the detectors of this visit are unknown."));
  }
  byId("maps").replaceChildren(...figures);
}

function showTip(x, y, text) {
  const tip = byId("tip");
  tip.hidden = false;
  tip.textContent = text;
  tip.style.left = `${Math.max(8, Math.min(x + 14, innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${Math.max(8, Math.min(y + 14, innerHeight - tip.offsetHeight - 8))}px`;
}

function showTipAt(element, text) {
  const box = element.getBoundingClientRect();
  showTip(box.right - 10, box.bottom - 10, text);
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
  // Unknown values come last either way.
  return [...rows].sort((a, b) => (rank(a) === null) - (rank(b) === null) || sign * (rank(a) - rank(b)));
}

function nextOrder(key, order) {
  return order === key ? `-${key}` : order === `-${key}` ? "" : key;
}

function drawHead(order, columns) {
  byId("widths").replaceChildren(...columns.map((each) => make("col", { class: each.key, style: each.width ? `width: ${each.width}px` : null })));
  byId("columns").replaceChildren(...columns.map((each) => {
    const direction = order === each.key ? "ascending" : order === `-${each.key}` ? "descending" : null;
    return make("th", { scope: "col", class: `${each.key}${each.text ? " text" : ""}`, "aria-sort": direction },
      make("button", { type: "button", "data-sort": each.key, "data-key": `sort-${each.key}`, onclick: () => go({ sort: nextOrder(each.key, order) }) },
        each.label));
  }));
  const select = byId("sort");
  select.replaceChildren(option("", "detector"),
    ...COLUMNS.slice(2).flatMap((each) => [option(each.key, `${each.label} ▲`), option(`-${each.key}`, `${each.label} ▼`)]));
  select.value = order;
}

function drawCell(row, each, open) {
  const attributes = { class: `${each.key}${each.text ? " text" : ""}`, "data-label": each.label };
  if (each.key === "status") {
    const badge = make("span", { class: "badge", style: `--status: ${STATUS_COLORS[row.status]}` }, row.status);
    const note = !row.reason && row.notes.length ? make("span", { class: "why note", title: row.notes.join("\n") }, row.notes[0]) : null;
    return make("td", attributes, make("div", { class: "state" }, badge, row.reason ? make("span", { class: "why", title: row.reason }, row.reason) : note));
  }
  if (row[each.key] === null) return make("td", { ...attributes, class: `${attributes.class} empty` }, make("span", { class: "none" }, "–"));
  const unit = each.unit ? make("span", { class: "unit" }, withUnit("", each.unit)) : null;
  const number = make("span", { class: "number" }, each.show(row[each.key], row), unit);
  if (each.key === "detector") {
    return make("td", attributes, make("button", { type: "button", class: "toggle", "aria-expanded": String(open), "data-key": `row-${rowId(row)}` }, shown(row, "detector")));
  }
  if (!each.bar) return make("td", attributes, number);
  const bar = make("span", { class: each.bar }, make("i", { style: `width: ${100 * row[each.key]}%` }));
  return make("td", attributes, make("div", { class: "measure" }, bar, number));
}

// If there is no template, the reason replaces its values.
function drawCells(row, columns, open) {
  const status = columns.findIndex((each) => each.key === "status");
  const rest = columns.slice(status + 1);
  const first = rest.findIndex((each) => row[each.key] !== null);
  const free = row.reason ? (first < 0 ? rest.length : first) : 0;
  const cells = [...columns.slice(0, status + 1), ...rest.slice(free)].map((each) => drawCell(row, each, open));
  cells[status].setAttribute("colspan", 1 + free);
  return cells;
}

function drawRow(row, open, columns) {
  const id = rowId(row);
  const line = make("tr", { class: open === id ? "row open" : "row", id: `row-${id}`, onclick: () => toggle(id) },
    ...drawCells(row, columns, open === id));
  return open === id ? [line, drawDetail(row, columns.length)] : [line];
}

// Pictures are decoded only here, for the open row.
function drawDetail(row, width) {
  const store = byId(`pictures-${rowId(row)}`);
  const pictures = store ? JSON.parse(store.textContent) : {};
  const value = (number) => withUnit(significant(number).replace("-", "−"), row.unit);
  const captions = {
    image: row.limits ? `black ${value(row.limits[0])}, white ${value(row.limits[1])}, asinh` : "",
    mask: "colors of planes below",
    variance: row.variance !== null ? `¼ (violet) to 4 times (yellow) the median of ${shown(row, "variance")}` : "",
  };
  const figures = Object.entries(pictures).map(([plane, source]) => make("figure", {},
    make("img", { src: `data:image/webp;base64,${source}`, alt: `${plane} of detector ${row.detector}` }),
    make("figcaption", {}, make("b", {}, plane), ` ${captions[plane]}`)));
  const keys = Object.entries(data.legend).map(([plane, color]) =>
    make("span", {}, make("i", { style: `background: ${color}` }), plane));
  const words = (name) => name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  const stages = Object.entries(row.stages).map(([name, seconds]) => `${words(name)} ${withUnit(seconds.toFixed(2), "s")}`);
  const factors = Object.entries(row.factors).map(([name, factor]) => `${words(name)} ${significant(factor)}`);
  const facts = [stages.length ? `Stages: ${stages.join(", ")}.` : "", factors.length ? `Factors: ${factors.join(", ")}.` : "",
    row.run ? `Run ${row.run}.` : "Not in any run."].filter((text) => text);
  return make("tr", { class: "detail" }, make("td", { class: "detail", colspan: width },
    row.reason ? make("p", { class: "reason" }, make("b", {}, row.status), `: ${row.reason}`) : null,
    row.notes.length ? make("ul", { class: "notes" }, ...row.notes.map((note) => make("li", {}, note))) : null,
    row.details ? make("pre", { tabindex: 0, "aria-label": "What the log says" }, row.details) : null,
    figures.length ? make("div", { class: "pictures" }, ...figures) : null,
    figures.length ? make("p", { class: "keys" }, ...keys) : null,
    ...facts.map((text) => make("p", { class: "origin" }, text))));
}

function reveal(id) {
  byId(`row-${id}`)?.scrollIntoView({ block: "center", behavior: "smooth" });
}

function tableKey(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by || !event.target.matches(".toggle")) return;
  const toggles = [...document.querySelectorAll("#rows .toggle")];
  const to = toggles[toggles.indexOf(event.target) + by];
  event.preventDefault();
  to?.focus();
}

/* ---- CSV ---- */

// Text that a spreadsheet would take for a formula gets an apostrophe.
function field(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csv(rows) {
  const head = ["visit", "detector", "name", "status", "reason", "notes", "run",
    ...NUMBERS.map((each) => (each.csv ? `${each.key}_${each.csv}` : each.key))];
  const lines = rows.map((row) => [row.visit, row.detector, row.name, row.status, row.reason, row.notes.join(" "), row.run,
    ...NUMBERS.map((each) => (scaled(row, each.key) === null ? null : Number(scaled(row, each.key).toPrecision(7))))]);
  return [head, ...lines].map((line) => line.map(field).join(",")).join("\r\n") + "\r\n";
}

function download() {
  const current = state();
  const name = `${document.querySelector("h1").textContent}_${current.visit}`.replace(/[^\w.-]+/g, "_");
  const address = URL.createObjectURL(new Blob([csv(rowsOf(current).rows)], { type: "text/csv" }));
  make("a", { href: address, download: `${name}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

/* ---- page ---- */

function stepVisit(by) {
  const ids = data.visits.map((visit) => String(visit.id));
  const to = ids[ids.indexOf(state().visit) + by];
  if (to) go({ visit: to, open: "" });
}

const isKnown = (visit) => visit === "all" || data.visits.some((each) => String(each.id) === visit);

function drawVisits(current) {
  const ids = data.visits.map((visit) => String(visit.id));
  byId("visit").value = current.visit;
  byId("previous").disabled = ids.indexOf(current.visit) <= 0;
  byId("next").disabled = !ids.includes(current.visit) || current.visit === ids[ids.length - 1];
}

function drawAlert(current) {
  const parts = [];
  if (!isKnown(current.visit)) {
    const ids = data.visits.map((visit) => visit.id);
    const others = ids.length > 6 ? `${ids[0]} to ${ids[ids.length - 1]}, ${ids.length} in all` : ids.join(", ");
    parts.push(`There is no visit ${current.visit} in this report, which has ${others}. `,
      make("button", { type: "button", class: "link", onclick: () => go({ visit: DEFAULTS.visit, open: "" }) }, `Show visit ${DEFAULTS.visit}`));
  }
  for (const each of conditions(current.where)) if (each.key === null) parts.push(`The filter “${each.part}” is not understood. `);
  byId("alert").hidden = !parts.length;
  byId("alert").replaceChildren(...parts);
}

function rowsOf(current) {
  const matches = matcher(current);
  const ofVisit = data.rows.filter((row) => current.visit === "all" || String(row.visit) === current.visit);
  return { matches, ofVisit, rows: sorted(ofVisit.filter(matches), current.sort) };
}

function draw() {
  const current = state();
  const { matches, ofVisit, rows } = rowsOf(current);
  const columns = current.visit === "all" ? COLUMNS : COLUMNS.slice(1);
  hideTip();
  drawAlert(current);
  drawVisits(current);
  drawSummary(ofVisit, current);
  drawFilter(current, rows, ofVisit);
  drawMaps(current, matches);
  drawHead(current.sort, columns);
  byId("count").textContent = filtered(current) ? `${rows.length} of ${ofVisit.length}` : `${rows.length}`;
  const none = make("tr", {}, make("td", { class: "text nothing", colspan: columns.length }, "No detector fulfills the filters."));
  byId("rows").replaceChildren(...(rows.length || !ofVisit.length ? rows.flatMap((row) => drawRow(row, current.open, columns)) : [none]));
}

// What had the focus has it afterwards, though it is another element.
function render() {
  const key = document.activeElement?.dataset?.key;
  draw();
  if (key) document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

function escape() {
  const { open } = state();
  hideTip();
  if (!open) return;
  const inside = document.activeElement?.closest("tr.detail");
  go({ open: "" });
  if (inside) document.querySelector(`[data-key="row-${open}"]`)?.focus();
}

byId("about").replaceChildren(...Object.entries(data.about).map(([name, text]) =>
  make("div", {}, make("dt", {}, name), make("dd", {}, text))));
byId("visit").append(...data.visits.map((visit) => option(String(visit.id), String(visit.id))));
if (data.visits.length > 1) byId("visit").append(option("all", `all ${data.visits.length}`));
byId("visit").addEventListener("change", (event) => go({ visit: event.target.value, open: "" }));
byId("previous").addEventListener("click", () => stepVisit(-1));
byId("next").addEventListener("click", () => stepVisit(1));
byId("sort").addEventListener("change", (event) => go({ sort: event.target.value }));
// Of a large run, not each letter that is typed is worth a new page.
let typing = 0;
byId("text").addEventListener("input", (event) => {
  const search = () => go({ text: event.target.value.trim() });
  clearTimeout(typing);
  if (data.rows.length > 2000) typing = setTimeout(search, 250);
  else search();
});
byId("quantity").append(...NUMBERS.map((each) => option(each.key, each.label)));
byId("quantity").value = "covered";
byId("quantity").addEventListener("change", () => { byId("unit").textContent = column[byId("quantity").value].unit || ""; });
byId("condition").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId("value").value.trim().replace(",", ".");
  const valid = text !== "" && Number.isFinite(Number(text));
  byId("value").setAttribute("aria-invalid", String(!valid));
  if (!valid) {
    byId("value").focus();
    return;
  }
  byId("value").value = "";
  const part = `${byId("quantity").value}${byId("relation").value}${Number(text)}`;
  const parts = conditions(state().where).map((each) => each.part).filter((each) => each !== part);
  go({ where: [...parts, part].join(",") });
});
byId("csv").addEventListener("click", download);
byId("rows").addEventListener("keydown", tableKey);
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("table").focus();
  byId("table").scrollIntoView();
});
addEventListener("keydown", (event) => { if (event.key === "Escape") escape(); });
addEventListener("hashchange", render);
render();
