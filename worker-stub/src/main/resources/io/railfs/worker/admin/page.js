"use strict";
// Asks this worker, and the workers that its conf names as peers, for their status each second and shows it.
// Rates are differences between two answers; names and paths are only ever set as text.

const PERIOD = 1000;
const HISTORY = 60;
const SLOW_MILLIS = 50;
const sources = [{ origin: "", history: new Map() }];

const $ = (id) => document.getElementById(id);

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit++; }
  return (unit === 0 ? String(Math.round(value)) : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)) + " " + units[unit];
}

const rate = (value) => value === undefined ? "–" : bytes(value) + "/s";
const count = (value) => value.toLocaleString("en-US");
const percent = (part, all) => all > 0 ? (100 * part / all).toFixed(1) + " %" : "–";

function duration(seconds) {
  const days = Math.floor(seconds / 86400), hours = Math.floor(seconds / 3600) % 24, minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return days + " d " + hours + " h";
  if (hours > 0) return hours + " h " + minutes + " min";
  return minutes > 0 ? minutes + " min " + Math.floor(seconds % 60) + " s" : Math.floor(seconds) + " s";
}

// The difference of a counter between the last two answers, for each second; undefined before there are two.
function perSecond(source, get) {
  if (!source.now || !source.before || source.now.pid !== source.before.pid) return undefined;
  const seconds = (source.now.time_millis - source.before.time_millis) / 1000;
  const now = get(source.now), before = get(source.before);
  return seconds > 0 && now !== undefined && before !== undefined ? Math.max(0, now - before) / seconds : undefined;
}

function hitRate(source) {
  const hits = perSecond(source, (s) => s.hits) || 0, misses = perSecond(source, (s) => s.misses) || 0;
  return hits + misses > 0 ? percent(hits, hits + misses) + " now" : percent(source.now.hits, source.now.hits + source.now.misses);
}

async function ask(source) {
  try {
    const answer = await fetch(source.origin + "/status", { signal: AbortSignal.timeout(3000), cache: "no-store" });
    if (!answer.ok) throw new Error("HTTP " + answer.status);
    const status = await answer.json();
    source.before = source.now;
    source.now = status;
    source.problem = "";
    for (const rail of status.rails) remember(source, rail);
  } catch (e) {
    source.problem = "does not answer (" + e.message + ")";
  }
}

const railKey = (rail) => rail.service + " " + rail.device;
const railOf = (status, key) => status.rails.find((rail) => railKey(rail) === key);

function remember(source, rail) {
  const key = railKey(rail);
  const points = source.history.get(key) || [];
  points.push(perSecond(source, (s) => (railOf(s, key) || {}).sent_bytes) || 0);
  source.history.set(key, points.slice(-HISTORY));
}

function sparkline(points) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  const top = Math.max(...points, 1);
  svg.setAttribute("class", "line");
  svg.setAttribute("viewBox", "0 0 " + (HISTORY - 1) + " 26");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "highest " + rate(top));
  line.setAttribute("points", points.map((p, i) => (HISTORY - points.length + i) + "," + (25 - 24 * p / top).toFixed(1)).join(" "));
  svg.append(line);
  return svg;
}

function row(cells) {
  const made = element("tr");
  for (const [content, className] of cells) {
    const cell = element("td", content instanceof Node ? undefined : content, className);
    if (content instanceof Node) cell.append(content);
    made.append(cell);
  }
  return made;
}

function railRow(source, rail) {
  const key = railKey(rail);
  const out = perSecond(source, (s) => (railOf(s, key) || {}).sent_bytes);
  const into = perSecond(source, (s) => (railOf(s, key) || {}).received_bytes);
  const device = rail.device || "any";
  // Only replies with file content are counted.
  const data = rail.service === "data";
  return row([[rail.service], [rail.problem ? device + " " + rail.problem : device], [data ? rate(out) : "–", "n"],
    [rate(into), "n"], [data ? bytes(rail.sent_bytes) : "–", "n"], [data ? sparkline(source.history.get(key) || []) : ""]]);
}

// Milliseconds of one operation of a disk between the last two answers; undefined where there was none.
function diskMillis(source, path, kind) {
  const find = (s) => s.directories.find((d) => d.path === path) || {};
  const operations = perSecond(source, (s) => find(s)["disk_" + kind + "s"]);
  const millis = perSecond(source, (s) => find(s)["disk_" + kind + "_millis"]);
  return operations > 0 ? millis / operations : undefined;
}

function directoryState(source, directory) {
  if (!directory.healthy) return ["failing", directory.state.replace("_", " ")];
  if (directory.scanning) return ["scanning", "scanning"];
  const slowest = Math.max(diskMillis(source, directory.path, "read") || 0, diskMillis(source, directory.path, "write") || 0);
  return slowest > SLOW_MILLIS ? ["slow", "slow"] : ["healthy", "healthy"];
}

function diskRow(source, directory) {
  const [className, word] = directoryState(source, directory);
  const time = (kind) => {
    const millis = diskMillis(source, directory.path, kind);
    return millis === undefined ? "–" : millis.toFixed(millis < 10 ? 2 : 0) + " ms";
  };
  return row([[directory.path, "path"], [element("span", word, "state " + className)],
    [bytes(directory.used_bytes) + " of " + bytes(directory.capacity_bytes), "n"], [time("read"), "n"], [time("write"), "n"],
    [count(directory.read_failures + directory.write_failures), "n"]]);
}

const ufsOf = (status, at) => (status.ufs_states || []).find((ufs) => ufs.at === at);
const sum = (counts) => Object.values(counts).reduce((all, one) => all + one, 0);

function ufsRow(source, ufs) {
  const now = (get) => perSecond(source, (s) => { const same = ufsOf(s, ufs.at); return same && get(same); });
  const requests = now((u) => sum(u.requests));
  const micros = now((u) => sum(u.request_micros));
  const errors = sum(ufs.errors);
  const error = element("span", errors > 0 ? count(errors) : "0");
  // The kinds and the last one, where the pointer rests.
  if (errors > 0) error.title = Object.entries(ufs.errors).filter(([, n]) => n > 0).map(([kind, n]) => n + " " + kind).join(", ")
    + "; the last: " + ufs.last_error + ", " + duration((source.now.time_millis - ufs.last_error_millis) / 1000) + " ago";
  const state = ufs.state + " " + duration((source.now.time_millis - ufs.since_millis) / 1000);
  return row([[ufs.at === "/" ? ufs.uri : ufs.at + " = " + ufs.uri, "path"], [element("span", state, "state " + (ufs.state === "up" ? "healthy" : "failing"))],
    [requests === undefined ? "–" : requests.toFixed(requests < 10 ? 1 : 0) + "/s", "n"],
    [requests > 0 ? (micros / requests / 1000).toFixed(1) + " ms" : "–", "n"], [rate(now((u) => u.read_bytes)), "n"],
    [error, "n"], [count(ufs.throttled), "n"]]);
}

function jobLine(job) {
  const made = element("div", undefined, "job");
  const head = element("div", undefined, "head");
  head.append(element("span", job.kind + " " + job.path), element("span", job.state, "state " + job.state));
  const space = element("div", undefined, "space");
  const bar = element("progress");
  bar.max = Math.max(1, job.bytes);
  bar.value = job.done_bytes;
  bar.setAttribute("aria-label", "progress of job " + job.id);
  const errors = job.errors > 0 ? ", " + count(job.errors) + " errors: " + job.problems[0] : "";
  space.append(bar, element("span", bytes(job.done_bytes) + " of " + (job.all_known ? "" : "at least ") + bytes(job.bytes) + errors));
  made.append(head, space);
  return made;
}

function numbers(source) {
  const s = source.now, list = [
    ["hit rate", hitRate(source)], ["from the UFS", rate(perSecond(source, (x) => x.loaded_bytes))], ["blocks", count(s.blocks)],
    ["loads waiting", count(s.bulk_loads)], ["loads failed", count(s.load_failures)], ["evicted", count(s.evictions)],
    ["damaged", count(s.quarantined)], ["connections", count(s.connections)]];
  return list.map(([name, value]) => {
    const pair = element("div");
    pair.append(element("dt", name), element("dd", value));
    return pair;
  });
}

function card(source) {
  const made = $("worker").content.cloneNode(true);
  const at = (selector) => made.querySelector(selector);
  const s = source.now;
  at("h2").textContent = s ? s.id : source.origin;
  const word = source.problem ? "unreachable" : s.state;
  at(".state").textContent = word;
  at(".state").className = "state " + word;
  if (!s) {
    at(".worker").replaceChildren(at(".head"), element("p", source.problem, "about"));
    return made;
  }
  at(".about").textContent = s.ufs + " · release " + s.version + " · up " + duration(s.uptime_seconds);
  at(".space progress").value = s.capacity_bytes > 0 ? s.used_bytes / s.capacity_bytes : 0;
  at(".space progress").setAttribute("aria-label", "store in use");
  at(".space span").textContent = bytes(s.used_bytes) + " of " + bytes(s.capacity_bytes);
  at(".numbers").append(...numbers(source));
  at(".rails tbody").append(...s.rails.map((rail) => railRow(source, rail)));
  at(".ufs tbody").append(...(s.ufs_states || []).map((ufs) => ufsRow(source, ufs)));
  at(".disks tbody").append(...s.directories.map((directory) => diskRow(source, directory)));
  const jobs = s.jobs.slice(0, 8).map(jobLine);
  at(".jobs").append(...(jobs.length > 0 ? jobs : [element("p", "none were asked for", "none")]));
  return made;
}

// Each is known to all workers of a cluster.
function lostWorkers() {
  const lost = new Map();
  for (const source of sources) {
    for (const one of (source.now && source.now.lost) || []) lost.set(one.id, one.seen_millis);
  }
  return [...lost].map(([id, millis]) => id + " is lost since " + new Date(millis).toLocaleString() + ": it left etcd without saying so");
}

function problems() {
  const found = lostWorkers();
  for (const source of sources) {
    const name = source.now ? source.now.id : source.origin;
    if (source.problem) found.push(name + " " + source.problem);
    if (!source.now) continue;
    for (const d of source.now.directories) {
      if (!d.healthy) found.push(name + ": " + d.path + " failed and is disabled: " + (d.last_error || d.state));
    }
    for (const ufs of source.now.ufs_states || []) {
      if (ufs.problem) found.push(name + ": " + ufs.problem + ", for " + duration((source.now.time_millis - ufs.since_millis) / 1000));
    }
    for (const rail of source.now.rails) {
      if (rail.problem) found.push(name + ": network device " + rail.device + " " + rail.problem);
    }
  }
  return found;
}

function totals() {
  const known = sources.filter((source) => source.now);
  const sum = (get) => known.reduce((all, source) => all + (get(source) || 0), 0);
  const hits = sum((s) => perSecond(s, (x) => x.hits)), misses = sum((s) => perSecond(s, (x) => x.misses));
  return [
    [known.filter((s) => !s.problem).length + " of " + sources.length, "workers answer"],
    [rate(sum((s) => perSecond(s, (x) => x.rails.reduce((all, rail) => all + rail.sent_bytes, 0)))), "sent to mounts"],
    [percent(hits, hits + misses), "of reads from the store, now"],
    [rate(sum((s) => perSecond(s, (x) => x.loaded_bytes))), "loaded from the UFS"],
    [bytes(sum((s) => s.now.used_bytes)), "of " + bytes(sum((s) => s.now.capacity_bytes)) + " used"]];
}

function show() {
  const found = problems();
  $("problems").hidden = found.length === 0;
  $("problems").replaceChildren(...found.map((text) => element("p", text)));
  $("totals").replaceChildren(...totals().map(([value, name]) => {
    const box = element("div");
    box.append(element("b", value), element("span", name));
    return box;
  }));
  $("workers").replaceChildren(...sources.map(card));
  const lost = sources[0].problem !== "";
  $("updated").className = lost ? "lost" : "";
  $("updated").textContent = lost ? "this worker " + sources[0].problem : "as of " + new Date().toLocaleTimeString();
}

async function round() {
  const start = Date.now();
  await Promise.all(sources.map(ask));
  show();
  setTimeout(round, Math.max(100, PERIOD - (Date.now() - start)));
}

async function begin() {
  try {
    const answer = await (await fetch("/peers")).json();
    for (const origin of answer.peers) {
      if (origin !== location.origin) sources.push({ origin, history: new Map() });
    }
  } catch (e) {
    $("updated").textContent = "this worker does not answer (" + e.message + ")";
  }
  round();
}

begin();
