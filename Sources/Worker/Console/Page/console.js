// What the page shows, and how it hears of it. Whatever comes from records is set as text, never as markup.

const byID = (id) => document.getElementById(id);
const view = { about: null, labels: [], points: [], records: [], now: null, seen: 0, isHeld: false, lastEvent: 0 };

function element(name, { text, className, swatch, title } = {}, ...children) {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  if (swatch) node.style.setProperty("--swatch", swatch);
  if (title) node.title = title;
  node.append(...children);
  return node;
}

// Numbers as people read them.
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const count = (value) => (value < 10_000 ? whole.format(value) : short.format(value));
const share = (value) => `${(value * 100).toFixed(value < 0.1 && value > 0 ? 1 : 0)} %`;

function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 0.001) return "0 ms";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${whole.format(seconds / 86_400)} days`;
}

function colour(label) {
  const known = ["negative", "neutral", "positive"].find((name) => label.toLowerCase() === name);
  const sentiment = known ?? { LABEL_0: "negative", LABEL_1: "neutral", LABEL_2: "positive" }[label];
  if (sentiment) return `var(--${sentiment})`;
  return `var(--l${Math.max(view.labels.indexOf(label), 0) % 6})`;
}

const decisionColours = { hold: "var(--bad)", flag: "var(--second)", review: "var(--accent)", pass: "var(--good)" };

function bars(id, rows, nothing, most = Math.max(...rows.map((row) => row.value), 0)) {
  const cells = rows.flatMap(({ name, value, text, swatch }) => {
    const fill = element("span", { className: "fill", swatch });
    fill.style.width = `${most > 0 ? (100 * value) / most : 0}%`;
    return [element("span", { text: name }), element("span", { className: "track" }, fill),
      element("span", { className: "value", text: text ?? count(value) })];
  });
  byID(id).replaceChildren(...(cells.length ? cells : [element("p", { className: "nothing", text: nothing })]));
}

// The figures.

function tile(id, text, sub, state) {
  byID(id).textContent = text;
  byID(id).dataset.state = state ?? "";
  byID(`${id}-sub`).textContent = sub ?? "";
}

function showTiles() {
  const { now, points } = view;
  const last = points.at(-1) ?? [0, now.lag, null, null, null];
  const recent = points.slice(-10);
  const rate = recent.reduce((sum, point) => sum + point[0], 0) / Math.max(recent.length, 1);
  tile("t-rate", rate < 10 ? rate.toFixed(1) : count(rate), `${count(now.ended)} since the start`);
  tile("t-lag", count(now.lag), now.lag ? `oldest ${duration(now.lagSeconds)}` : `${count(now.inFlight)} in flight`);
  const speed = Math.abs(now.trend ?? 0);
  const trend = now.trend === null ? "" : `${now.trend > 0 ? "grows" : "shrinks"} by ${speed < 10 ? speed.toFixed(1) : count(speed)}/s`;
  if (now.lag === 0) tile("t-eta", "now", "nothing waits");
  // What is read as it comes lags by what is not committed yet.
  else if (now.lagSeconds !== null && now.lagSeconds < 5) tile("t-eta", "keeps up", "none older than 5 s");
  else if (now.caughtUpIn !== null) tile("t-eta", `in ${duration(now.caughtUpIn)}`, trend);
  else tile("t-eta", now.trend === null ? "–" : "never", trend || "too early to tell", now.trend === null ? "" : "warn");
  tile("t-p50", duration(last[2]), last[3] === null ? "no records" : `p99 ${duration(last[3])}`);
  const fill = recent.map((point) => point[4]).filter((value) => value !== null);
  tile("t-fill", fill.length ? share(fill.reduce((sum, value) => sum + value, 0) / fill.length) : "–", "of batch.max.tokens");
  const looked = now.cacheHits + now.cacheMisses;
  tile("t-cache", looked ? share(now.cacheHits / looked) : "–", looked ? `${count(now.cacheHits)} texts` : "");
}

function showState() {
  const { now } = view;
  const [state, text] = now.paused ? ["warn", "paused"] : now.unreadiness ? ["bad", now.unreadiness] : ["good", "ready"];
  setState(state, text);
  byID("pause").textContent = now.paused ? "Resume" : "Pause";
  byID("pause").disabled = false;
}

function setState(state, text) {
  if (byID("state-text").textContent !== text) byID("state-text").textContent = text;
  byID("state").dataset.state = state;
}

function showCharts() {
  const { points, labels } = view;
  const styles = getComputedStyle(document.documentElement);
  const colours = labels.map((label) => styles.getPropertyValue(colour(label).slice(4, -1)).trim());
  const shares = drawShares("c-labels", labels, colours, points.map((point) => point.slice(5)));
  byID("legend").replaceChildren(...labels.map((label, index) => element("li", {},
    element("i", { className: "swatch", swatch: colour(label) }), `${label} ${share(shares[index] ?? 0)}`)));
  drawLines("c-rate", "Records a second", [smoothed(points.map((point) => point[0]), 5)], count, { hasArea: true });
  drawLines("c-lag", "Lag in records", [points.map((point) => point[1])], count, { hasArea: true });
  drawLines("c-latency", "Latency, p50 and p99", [points.map((point) => point[2]), points.map((point) => point[3])], duration);
}

function showCounts() {
  const { now, about } = view;
  const decisions = Object.entries(now.decisions);
  const shown = decisions.length ? decisions : Object.entries(now.labels);
  const total = shown.reduce((sum, [, value]) => sum + value, 0);
  bars("decisions", shown.map(([name, value]) => ({ name, value, swatch: decisionColours[name] ?? colour(name),
    text: `${count(value)} · ${share(value / Math.max(total, 1))}` })),
    "No record is tagged yet.");
  const dead = Object.entries(now.deadLetters);
  const others = [["unscored", now.unscored], ["skipped", now.skipped]].flatMap(([kind, counts]) =>
    Object.entries(counts).map(([name, value]) => ({ name: `${kind}: ${name}`, value, swatch: "var(--neutral)" })));
  bars("dead", [...dead.map(([name, value]) => ({ name, value, swatch: "var(--bad)" })), ...others], "None: every record has its result.");
  byID("dead-note").hidden = dead.length === 0;
  if (now.drift) {
    const rows = [["labels", now.drift[0]], ["confidence", now.drift[1]]].map(([name, value]) => ({
      name, value: Math.min(value, 0.5), text: `${value.toFixed(3)} · ${value < 0.1 ? "as before" : value < 0.25 ? "changed" : "changed much"}`,
      swatch: value < 0.1 ? "var(--good)" : value < 0.25 ? "var(--warn)" : "var(--bad)",
    }));
    if (!byID("drift-bars")) byID("drift").replaceChildren(element("div", { className: "bars" }));
    byID("drift").firstElementChild.id = "drift-bars";
    bars("drift-bars", rows, "", 0.5);
  } else {
    byID("drift").replaceChildren(element("p", { className: "nothing", text: about.hasDrift
      ? "The reference, or the first window behind it, is not whole yet."
      : "Not looked at. With drift.reference = 1h each window is compared with the first hour." }));
  }
}

function showPartitions() {
  const { now, about } = view;
  const most = Math.max(...now.partitions.map((entry) => entry.lag ?? 0), 1);
  byID("partitions-note").textContent = now.partitions.length ? `held by this worker, ${about.address}` : "";
  const rows = now.partitions.slice(0, 200).map((entry) => {
    const fill = element("span", { className: "fill" });
    fill.style.width = `${(100 * (entry.lag ?? 0)) / most}%`;
    const number = (value) => element("td", { className: "n", text: value === null ? "–" : whole.format(value) });
    return element("tr", {}, element("td", { text: `${entry.topic} ${entry.partition}` }), element("td", { text: entry.consumer, className: "desk" }),
      number(entry.committed), number(entry.end), number(entry.lag),
      element("td", { className: "n", text: entry.lag === 0 ? "–" : duration(entry.lagSeconds) }),
      element("td", { className: "meter desk" }, element("span", { className: "track" }, fill)));
  });
  if (!rows.length) rows.push(element("tr", {}, element("td", { className: "nothing", text: "None yet: nothing is committed." })));
  byID("partitions").replaceChildren(...rows);
}

function showRecords(records, seen) {
  const note = seen > records.length ? `${records.length} of ${count(seen)} of the last second` : view.about.showsText ? "" : "texts: console.show.text";
  byID("live-note").textContent = view.isHeld ? "held" : note;
  if (view.isHeld) return;
  const rows = [...records].reverse().map((record) => {
    const what = record.text === undefined
      ? element("span", { className: "what id", text: record.id })
      : element("span", { className: "what", text: record.text, title: record.id });
    return element("li", {}, element("span", { className: "tag", text: record.label, swatch: colour(record.label) }),
      element("span", { className: "score", text: record.score === null ? "" : record.score.toFixed(3) }), what,
      record.decision === record.label ? "" : element("span", { className: "decision", text: record.decision }));
  });
  const list = byID("live");
  list.querySelector(".nothing")?.remove();
  list.prepend(...rows);
  while (list.children.length > 60) list.lastElementChild.remove();
  if (!list.children.length) list.append(element("li", { className: "nothing", text: "Records show here as they are tagged." }));
}

function showAbout() {
  const { about } = view;
  document.title = `cloud4bert · ${about.model}`;
  byID("model").textContent = `${about.model} · ${about.precision}`;
  byID("about").textContent = `Version ${about.version}, librdkafka ${about.librdkafka}, ${about.instructionSet}, ${about.encoders} `
    + `encoder${about.encoders === 1 ? "" : "s"}; model sha256 ${about.sha256.slice(0, 12)}.`;
  byID("try-text").disabled = byID("try-go").disabled = !about.canTry;
  byID("try-note").textContent = about.canTry ? "" : "http.scoring=on has it answer.";
  byID("settings").replaceChildren(...about.settings.map(([key, value, source]) => {
    const row = element("tr", {}, element("td", { text: key }), element("td", { text: value }), element("td", { text: source }));
    row.dataset.set = source !== "default";
    return row;
  }));
  findSettings();
}

function findSettings() {
  const wanted = byID("settings-find").value.toLowerCase();
  for (const row of byID("settings").children) row.hidden = !row.textContent.toLowerCase().includes(wanted);
}

// The events.

function take(name, data) {
  view.lastEvent = Date.now();
  document.body.classList.remove("stale");
  if (name === "start") {
    Object.assign(view, { about: data.about, labels: data.labels, points: [] });
    byID("live").replaceChildren();
    showAbout();
  }
  view.now = data.now;
  view.points = view.points.concat(data.points).slice(-chartLength);
  showRecords(data.records, data.seen);
  show();
}

function show() {
  if (!view.now) return;
  showState();
  showTiles();
  showCounts();
  showPartitions();
  showCharts();
}

const token = () => sessionStorage.getItem("token");
const authorization = () => (token() ? { Authorization: `Bearer ${token()}` } : {});

function notice(text) {
  byID("notice").hidden = !text;
  byID("notice").textContent = text ?? "";
}

async function refused(response) {
  byID("token-form").hidden = response.status !== 401;
  if (response.status === 401) return;
  const answer = await response.json().catch(() => ({}));
  notice(answer.error ?? `The worker answers ${response.status}.`);
}

/// Reads events until the connection ends. By hand, since an EventSource sends no token.
async function listen(signal) {
  const response = await fetch("/console/events", { headers: authorization(), signal });
  if (!response.ok) {
    await refused(response);
    throw new Error("refused");
  }
  byID("token-form").hidden = true;
  notice();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const events = text.split("\n\n");
    text = events.pop();
    for (const event of events) {
      const fields = Object.fromEntries(event.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
      take(fields.event, JSON.parse(fields.data));
    }
  }
}

let connection = new AbortController();

async function stayConnected() {
  for (let wait = 500; ; wait = Math.min(wait * 2, 5000)) {
    connection = new AbortController();
    const before = view.lastEvent;
    try { await listen(connection.signal); } catch { /* It is tried again. */ }
    if (view.lastEvent > before) wait = 500;
    setState("bad", "no connection");
    document.body.classList.add("stale");
    byID("pause").disabled = true;
    await new Promise((resume) => setTimeout(resume, wait));
  }
}

/// A connection that says nothing is given up.
setInterval(() => { if (view.lastEvent && Date.now() - view.lastEvent > 10_000) connection.abort(); }, 2000);

async function post(path, body) {
  return fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...authorization() },
    body: JSON.stringify(body),
  });
}

// What people do.

byID("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", byID("token").value.trim());
  byID("token").value = "";
  connection.abort();
});

byID("pause").addEventListener("click", async () => {
  byID("pause").disabled = true;
  const response = await post(view.now.paused ? "/control/resume" : "/control/pause", {}).catch(() => null);
  if (response && !response.ok) await refused(response);
});

byID("hold").addEventListener("click", () => {
  view.isHeld = !view.isHeld;
  byID("hold").setAttribute("aria-pressed", view.isHeld);
  byID("hold").textContent = view.isHeld ? "Go on" : "Hold";
});

byID("theme").addEventListener("click", () => {
  setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  localStorage.setItem("theme", document.documentElement.dataset.theme);
  show();
});

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byID("theme").textContent = theme === "dark" ? "Light" : "Dark";
}

byID("settings-find").addEventListener("input", findSettings);

byID("try-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  byID("try-note").textContent = "…";
  const response = await post("/console/try", { text: byID("try-text").value }).catch(() => null);
  const answer = response ? await response.json().catch(() => ({})) : {};
  if (!response?.ok) {
    byID("try-note").textContent = answer.error ?? "The worker does not answer.";
    return;
  }
  byID("try-note").textContent = `${answer.tokens} tokens${answer.truncated ? ", the rest was cut" : ""}`;
  showTried(answer);
});

/// Scores as bars, and the text with the words that weighed: filled where they speak for the label, dashed where against.
function showTried({ scores, words, text }) {
  const box = element("div", { className: "bars" });
  box.id = "try-bars";
  if (!scores.length) {
    byID("try-result").replaceChildren(element("p", { className: "nothing", text: "The vocabulary does not cover this text: it is not scored." }));
    return;
  }
  const read = element("p", { className: "read" });
  const signs = [...text];
  const heaviest = Math.max(...words.map((word) => Math.abs(word.weight)), 0.001);
  let place = 0;
  for (const word of [...words].sort((one, other) => one.start - other.start)) {
    read.append(signs.slice(place, word.start).join(""));
    const mark = element("mark", {
      text: signs.slice(word.start, word.end).join(""), swatch: colour(scores[0].label),
      className: word.weight < 0 ? "against" : "", title: `${word.weight < 0 ? "against" : "for"} ${scores[0].label}: ${Math.abs(word.weight).toFixed(3)}`,
    });
    mark.style.setProperty("--weight", `${Math.round((55 * Math.abs(word.weight)) / heaviest)}%`);
    read.append(mark);
    place = word.end;
  }
  read.append(signs.slice(place).join(""));
  byID("try-result").replaceChildren(box, read);
  bars("try-bars", scores.map(({ label, score }) => ({ name: label, value: score, text: score.toFixed(3), swatch: colour(label) })), "");
}

setTheme(localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
addEventListener("resize", () => { if (view.now) showCharts(); });
stayConnected();
