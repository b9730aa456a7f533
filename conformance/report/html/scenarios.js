// The page of scenarios, and the runs behind a cell of the page of interop.
"use strict";

const ALIKE = "=~";
const PAGE = 200;
const state = { query: "", topic: "", on: "", verdict: "", id: "", shown: PAGE };
let index = null;
let scenarios = [];
let words = [];
let found = [];

const at = (id) => document.getElementById(id);

// An id, in which lines may break between its words
function named(id) {
  const words = id.split(/(?<=[_/:-])|(?=\[)/);
  return element("code", {}, ...words.flatMap((word) => [document.createElement("wbr"), word]));
}

// The query

function parsed(text) {
  const wanted = { only: null, since: null, openssl: null, undocumented: false, words: [] };
  let rest = " " + text + " ";
  const take = (pattern, then) => {
    rest = rest.replace(pattern, (...match) => { then(match); return " "; });
  };
  take(/\sonly\s+(\S+)\s+differs(?=\s)/i, (match) => { wanted.only = match[1]; });
  take(/\ssince\s+(\d+\.\d+)(?=\s)/i, (match) => { wanted.since = match[1]; });
  take(/\sopenssl\s+(\d[\w.]*)(?=\s)/i, (match) => { wanted.openssl = match[1]; });
  take(/\snot\s+documented(?=\s)/i, () => { wanted.undocumented = true; });
  wanted.words = rest.toLowerCase().split(/\s+/).filter(Boolean);
  return wanted;
}

function columnNumbers(name) {
  return index.columns.map((column, number) => [column, number])
    .filter(([column]) => column.target === name).map(([, number]) => number);
}

// Whether it is the only one of its lane, on its axis, that differs.
function onlyOne(letters, numbers) {
  return numbers.some((number) => {
    const own = index.columns[number];
    if (ALIKE.includes(letters[number]) || letters[number] === " ") return false;
    return index.columns.every((column, other) => other === number
      || column.openssl !== own.openssl || column.axis !== own.axis
      || ALIKE.includes(letters[other]) || letters[other] === " ");
  });
}

function search() {
  const wanted = parsed(state.query);
  const fits = (text) => wanted.words.every((word) => text.includes(word));
  const heads = index.headlines.filter((head) =>
    (!wanted.since || head.since.includes(wanted.since))
    && (!wanted.undocumented || !head.documented)
    && (!wanted.openssl || head.openssl.includes("OpenSSL " + wanted.openssl))
    && fits(head.text));
  const narrowed = wanted.since || wanted.undocumented;
  const byDrift = narrowed ? new Set(heads.flatMap((head) => head.scenarios)) : null;
  const on = state.on ? columnNumbers(state.on) : null;
  const only = wanted.only ? columnNumbers(wanted.only) : null;
  const lane = wanted.openssl
    ? index.columns.map((column, number) => column.openssl === wanted.openssl ? number : -1).filter((number) => number >= 0)
    : null;
  const differs = (letter) => letter !== " " && !ALIKE.includes(letter);
  const right = (letter) => !state.verdict || (state.verdict === "differs" ? differs(letter) : index.letters[letter] === state.verdict);
  found = [];
  scenarios.forEach(([id, , , letters], number) => {
    if (state.topic && !id.startsWith(state.topic + "/")) return;
    if (byDrift ? !byDrift.has(number) : !fits(words[number])) return;
    if (only && !onlyOne(letters, only)) return;
    if (lane && !lane.some((one) => differs(letters[one]))) return;
    if (on) {
      if (!on.some((one) => letters[one] !== " " && right(letters[one]))) return;
    } else if (state.verdict && ![...letters].some(right)) return;
    found.push(number);
  });
  if (on) {
    const weight = (number) => on.some((one) => differs(scenarios[number][3][one])) ? 0 : 1;
    found.sort((one, other) => weight(one) - weight(other) || one - other);
  }
  const candidates = index.findings.filter((one) => !narrowed && wanted.words.length
    && (!wanted.openssl || one.openssl.includes("OpenSSL " + wanted.openssl)) && fits(one.text));
  const asked = narrowed || wanted.words.length > 0;
  show(asked ? heads : [], candidates);
}

// The list

function show(heads, candidates) {
  at("count").textContent = found.length + " of " + scenarios.length + " scenarios"
    + (heads.length + candidates.length ? ", " + (heads.length + candidates.length) + " findings" : "");
  const list = at("findings");
  list.replaceChildren(
    ...candidates.map((one) => element("li", {}, element("a", { href: one.at }, one.call),
      ": ", one.reference, " on the reference, ", one.candidate, " on ", one.on.join(", "))),
    ...heads.map((head) => element("li", {}, element("a", { href: "drift.html#h-" + head.id }, head.version), ": ", head.summary)));
  at("found").hidden = !list.children.length;
  const body = at("scenarios").tBodies[0];
  body.replaceChildren(...found.slice(0, state.shown).map(row));
  at("more").hidden = found.length <= state.shown;
}

function row(number) {
  const [id, claim, , letters] = scenarios[number];
  const tally = {};
  const numbers = state.on ? columnNumbers(state.on) : index.columns.map((_, other) => other);
  numbers.forEach((one) => {
    const name = index.letters[letters[one]];
    if (name) tally[name] = (tally[name] || 0) + 1;
  });
  const verdicts = Object.entries(tally).map(([name, count]) =>
    element("span", { class: "verdict v-" + name }, numbers.length === 1 ? name : count + " " + name));
  return element("tr", {},
    element("th", { scope: "row" }, element("a", { href: "#id=" + encodeURIComponent(id) }, named(id))),
    element("td", {}, claim), element("td", {}, ...verdicts.flatMap((one) => [one, " "])));
}

// One scenario

let shownColumns = [];

async function open(id) {
  const number = scenarios.findIndex((one) => one[0] === id);
  at("detail-title").textContent = id;
  if (number < 0) {
    at("claim").textContent = "There is no such scenario in this run.";
    return;
  }
  const [, claim, anchor, letters] = scenarios[number];
  const topic = index.topics.indexOf(id.split("/")[0]);
  const data = await conformance.load("topic-" + topic);
  const own = data.scenarios[id];
  at("claim").textContent = claim;
  at("citation").replaceChildren(...(own.link ? ["Documented: ", element("a", { href: own.link }, anchor)] : []));
  at("source-box").hidden = own.source === null;
  at("source").textContent = own.source === null ? "" : data.texts[own.source];
  const focus = state.on ? columnNumbers(state.on) : [];
  shownColumns = index.columns.map((column, one) => one).filter((one) => letters[one] !== " "
    && index.columns[one].against && (focus.includes(one) || (!focus.length && index.columns[one].role === "candidate" && !ALIKE.includes(letters[one]))));
  const body = at("verdicts").tBodies[0];
  body.replaceChildren(...index.columns.flatMap((column, one) =>
    letters[one] === " " ? [] : [verdictRow(id, own, data, column, one, letters[one])]));
  changes(own);
  await transcripts(id, own, topic);
}

function verdictRow(id, own, data, column, number, letter) {
  const name = index.letters[letter];
  const judged = own.on[number];
  const what = [];
  if (judged) {
    if (judged.note !== undefined) what.push(element("p", {}, data.texts[judged.note]));
    for (const [position, call, field, ours, theirs, verdict, file, finding] of judged.differs.slice(0, 12)) {
      const line = element("p", {}, "operation " + position + ": ", element("code", {}, data.texts[call]), " " + data.texts[field] + ": ",
        element("code", {}, data.texts[ours].slice(0, 400)), " → ", element("code", {}, data.texts[theirs].slice(0, 400)), " ",
        element("span", { class: "verdict v-" + index.letters[verdict] }, index.letters[verdict]));
      const decision = data.texts[file];
      if (decision.endsWith(".toml")) line.append(" ", element("a", { href: "decisions.html#" + decision.slice(0, -5) }, "decision"));
      if (data.texts[finding]) line.append(" ", element("a", { href: data.texts[finding] }, "finding"));
      what.push(line);
    }
    if (judged.differs.length > 12) what.push(element("p", {}, "and " + (judged.differs.length - 12) + " more"));
    if (judged.rules) what.push(element("p", {}, element("small", {}, "rules: " + Object.keys(judged.rules).join(", "))));
  }
  const pick = column.against ? element("input", { type: "checkbox", "aria-label": "Show the transcript of " + column.target }) : null;
  if (pick) {
    pick.checked = shownColumns.includes(number);
    pick.addEventListener("change", () => {
      shownColumns = shownColumns.filter((one) => one !== number);
      if (pick.checked) shownColumns.push(number);
      shownColumns.sort((one, other) => one - other);
      transcripts(id, own, index.topics.indexOf(id.split("/")[0]));
    });
  }
  return element("tr", {}, element("td", {}, pick),
    element("th", { scope: "row" }, element("code", {}, column.target), element("br"), element("small", {}, column.role + ", " + column.python + ", OpenSSL " + column.openssl)),
    element("td", {}, element("span", { class: "verdict v-" + name, title: index.meanings[name] }, name)),
    element("td", {}, ...what));
}

function changes(own) {
  const heads = [...new Set(own.drift.map(([, id]) => id))].map((id) => index.headlines.find((head) => head.id === id)).filter(Boolean);
  at("changes").replaceChildren(...(heads.length ? [element("h3", {}, "Drift between Pythons that it shows"),
    element("ul", {}, ...heads.map((head) => element("li", {}, element("a", { href: "drift.html#h-" + head.id }, head.version), ": ", head.summary)))] : []));
}

async function transcripts(id, own, topic) {
  const table = at("transcripts");
  table.tHead.replaceChildren();
  table.tBodies[0].replaceChildren();
  const note = at("transcripts-note");
  if (own.part === null) {
    note.textContent = "This run left no transcripts: they are in the folder that --results writes beside its file.";
    return;
  }
  const part = await conformance.load("transcripts-" + topic + "-" + own.part);
  const runs = part.scenarios[id];
  const text = (number) => part.texts[number];
  const groups = new Map();
  for (const number of shownColumns) {
    const column = index.columns[number];
    const reference = column.axis === "backward" ? column.against + "-backward" : column.against;
    if (!groups.has(reference)) groups.set(reference, []);
    groups.get(reference).push(number);
  }
  if (!groups.size) {
    const first = index.columns.find((column) => column.against && runs[column.against]);
    groups.set(first ? first.against : Object.keys(runs)[0], []);
  }
  note.textContent = "Where it says “as the reference” nothing reads differently. The first difference is marked.";
  let first = true;
  for (const [reference, numbers] of groups) {
    const base = runs[reference];
    if (!base) continue;
    if (first) {
      table.tHead.append(element("tr", {}, element("th", { scope: "col" }, "Nr."), element("th", { scope: "col" }, "Operation"),
        element("th", { scope: "col" }, reference), ...numbers.map((number) => element("th", { scope: "col" }, index.columns[number].target))));
    } else {
      table.tBodies[0].append(element("tr", {}, element("th", { colspan: 3 + numbers.length, scope: "colgroup" }, "Beside " + reference + ": " + numbers.map((number) => index.columns[number].target).join(", "))));
    }
    first = false;
    rows(table.tBodies[0], base, numbers.map((number) => runs[index.columns[number].target]), text);
  }
}

function rows(body, base, others, text) {
  const lines = new Map(base.lines.map(([position, call, came]) => [position, [text(call), text(came)]]));
  const theirs = others.map((one) => one ? new Map(one.lines.map(([position, call, came]) => [position, [text(call), text(came)]])) : new Map());
  const last = Math.max(base.count, ...others.map((one) => one ? one.count : 0));
  let marked = false;
  for (let position = 0; position <= last; position++) {
    const own = lines.get(position);
    if (!own && position < last && !theirs.some((one) => one.has(position))) continue;
    const cells = others.map((one, number) => {
      const line = theirs[number].get(position);
      if (line) return own && own[0] === line[0] ? line[1] : line[0] + "\n→ " + line[1];
      if (one && position === one.count) return one.end === base.end && one.count === base.count ? null : "ends: " + one.end;
      if (one && position > one.count) return "";
      return null;
    });
    const differs = cells.some((cell) => cell !== null);
    const mark = differs && !marked;
    marked = marked || differs;
    const name = own ? own[0] : position === base.count ? "ends: " + base.end : "";
    body.append(element("tr", { class: (differs ? "differs" : "") + (mark ? " first" : ""), id: mark ? "first-difference" : null },
      element("td", { class: "position" }, String(position)),
      element("td", {}, ...(mark ? [element("span", { class: "first-mark" }, "▶ first difference"), element("br")] : []), name),
      element("td", {}, own ? own[1] : ""),
      ...cells.map((cell) => element("td", { class: cell === null ? "as" : "other" }, cell === null ? "as the reference" : cell))));
  }
}

// The address says what is shown

function fromAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  for (const key of ["query", "topic", "on", "verdict", "id"]) state[key] = said.get(key) || "";
  state.shown = PAGE;
  for (const key of ["query", "topic", "on", "verdict"]) at(key).value = state[key];
}

function toAddress() {
  const said = new URLSearchParams();
  for (const key of ["query", "topic", "on", "verdict"]) if (state[key]) said.set(key, state[key]);
  history.replaceState(null, "", "#" + said);
}

async function refresh() {
  fromAddress();
  const detail = Boolean(state.id);
  for (const id of ["filter", "count", "listed"]) at(id).hidden = detail;
  if (detail) at("found").hidden = true;
  at("detail").hidden = !detail;
  if (detail) {
    try {
      await open(state.id);
    } catch (error) {
      at("claim").textContent = String(error.message || error);
    }
    at("detail").focus();
    document.title = state.id + " – ssl conformance";
  } else {
    search();
    document.title = "Scenarios – ssl conformance";
  }
}

async function begin() {
  try {
    index = await conformance.load("index");
    scenarios = await conformance.load("scenarios");
  } catch (error) {
    at("count").textContent = String(error.message || error);
    return;
  }
  index.headlines.forEach((head) => { head.text = (head.summary + " " + head.members.join(" ")).toLowerCase(); });
  index.findings.forEach((one) => { one.text = (one.call + " " + one.member + " " + one.reference + " " + one.candidate).toLowerCase(); });
  words = scenarios.map(([id, claim, anchor]) => (id + " " + claim + " " + anchor).toLowerCase());
  for (const list of [index.headlines, index.findings]) {
    for (const one of list) {
      const said = " " + one.members?.join(" ").toLowerCase() + " " + (one.call || "").toLowerCase();
      for (const number of one.scenarios) words[number] += said;
    }
  }
  let timer = 0;
  const change = () => {
    for (const key of ["query", "topic", "on", "verdict"]) state[key] = at(key).value;
    state.shown = PAGE;
    toAddress();
    search();
  };
  at("query").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(change, 120); });
  for (const key of ["topic", "on", "verdict"]) at(key).addEventListener("change", change);
  at("filter").addEventListener("submit", (event) => { event.preventDefault(); change(); });
  at("filter").addEventListener("reset", () => setTimeout(change));
  at("more").addEventListener("click", () => { state.shown += PAGE; search(); });
  at("back").addEventListener("click", (event) => {
    event.preventDefault();
    if (history.length > 1) history.back(); else location.hash = "";
  });
  window.addEventListener("hashchange", refresh);
  await refresh();
}

// The page of interop

async function interop() {
  const runs = await conformance.load("interop");
  const told = await conformance.load("index");
  const refreshRuns = () => {
    const said = new URLSearchParams(location.hash.slice(1));
    const [client, server] = [said.get("client"), said.get("server")];
    at("runs").hidden = !client;
    if (!client) return;
    at("runs-title").textContent = client + " as client, " + server + " as server";
    const own = runs.filter((one) => one[0] === client && one[1] === server);
    at("runs-list").replaceChildren(...own.map(([, , scenario, verdict, note, differs]) => element("article", { class: "seen" },
      element("h3", {}, element("code", {}, scenario), " ", element("span", { class: "verdict v-" + told.letters[verdict] }, told.letters[verdict])),
      note ? element("p", {}, note) : null,
      ...differs.map(([side, member, field, ours, theirs]) => element("p", {}, "in the " + side + ": ", element("code", {}, member), " " + field + ": ", element("code", {}, ours), " → ", element("code", {}, theirs))))));
    at("runs-title").focus();
  };
  window.addEventListener("hashchange", refreshRuns);
  refreshRuns();
}

document.addEventListener("DOMContentLoaded", () => {
  if (at("filter")) begin();
  if (at("interop")) interop();
});
