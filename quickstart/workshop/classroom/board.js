// The board draws the state that the server sends, as text only: participants choose their names.
"use strict";

const WORD = { free: "free", joined: "joined", proven: "proven", trouble: "in trouble", removed: "removed" };
const SIGN = { free: "", joined: "…", proven: "✓", trouble: "!", removed: "×" };
const SILENCE = 15000; // ms without a message from the server, whose heartbeat comes every 5 s
const SOON = 1000, LATER = 5000, SELDOM = 15000; // ms until the next attempt to connect; seldom if the workshop is closed
const SHOWN = 6; // troubles one by one, or causes; the tiles show all of them
const SPOKEN = 15000; // ms between two spoken summaries
const key = new URLSearchParams(location.search).get("key") || "";
const at = (id) => document.getElementById(id);
const tiles = new Map();
let lastMessage = Date.now(), started = 0, pause = SOON, again = null, source = null, over = false;
let drawnLine = null, spoken = 0, waiting = null, latest = null;

function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function make(tag, text) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  return node;
}

// The connection's state: connecting, live, stale (reconnecting), lost (silent for long), over.
const CONNECTION = { live: "live", stale: "not live: trying to reconnect", lost: "connection lost", over: "closed" };

function showConnection(word) {
  if (document.body.classList.contains(word)) return;
  document.body.classList.remove(...Object.keys(CONNECTION));
  document.body.classList.add(word);
  put(at("live").lastElementChild, CONNECTION[word]);
  fit();
}

function joining(state) {
  const line = state.join_line;
  at("open").hidden = !line;
  at("closed").hidden = Boolean(line);
  const why = state.locked ? "Joining is closed" : "The join code has expired";
  put(at("closed").firstElementChild, state.closed ? "This workshop is closed" : why);
  put(at("closed").lastElementChild, state.closed ? "" : "Participants who have a seat keep it and can join again.");
  put(at("install"), state.install_line);
  put(at("join"), line || "");
  if (line === drawnLine) return;
  drawnLine = line;
  at("join").style.setProperty("--letters", String(line ? line.length : 1));
  at("qr").hidden = !line;
  if (line) at("qr").src = "/board/qr.svg?key=" + encodeURIComponent(key) + "&v=" + state.version;
  else at("qr").removeAttribute("src");
}

function words(counts, all) {
  const parts = [counts.joined + " joined", counts.trouble + " in trouble"];
  parts.push(counts.free + (counts.free === 1 ? " seat free" : " seats free"));
  return [counts.proven + " of " + all + " proven", parts.join(", ")];
}

function progress(state) {
  const counts = state.counts;
  const all = counts.free + counts.joined + counts.proven + counts.trouble;
  const [head, rest] = words(counts, all);
  put(at("count"), head);
  put(at("legend"), rest);
  const bar = at("bar");
  bar.setAttribute("aria-valuemax", String(all));
  bar.setAttribute("aria-valuenow", String(counts.proven));
  bar.setAttribute("aria-valuetext", head);
  for (const part of bar.children) part.style.width = (100 * counts[part.className]) / (all || 1) + "%";
  speak(head + ", " + rest);
}

// A screen reader reads a summary at intervals instead of each event.
function speak(text) {
  latest = text;
  if (waiting) return;
  waiting = setTimeout(() => {
    waiting = null;
    spoken = Date.now();
    put(at("summary"), latest);
  }, Math.max(500, spoken + SPOKEN - Date.now()));
}

// A few are shown one by one, many by cause with the numbers of their seats.
function help(state) {
  const inTrouble = state.seats.filter((seat) => seat.state === "trouble");
  at("help").hidden = !inTrouble.length;
  at("troubled").replaceChildren(...(inTrouble.length > SHOWN ? causes(inTrouble) : inTrouble.map(one)));
}

function cause(seat) {
  return seat.trouble.headline || seat.trouble.code || "cause unknown";
}

function one(seat) {
  const row = make("li");
  const text = make("p");
  text.append(make("b", seat.name || "seat " + seat.seat), make("span", cause(seat)));
  text.firstChild.dir = "auto";
  row.append(make("strong", String(seat.seat)), text);
  return row;
}

function causes(inTrouble) {
  const groups = new Map();
  for (const seat of inTrouble) groups.set(cause(seat), [...(groups.get(cause(seat)) || []), seat.seat]);
  const largest = [...groups].sort((left, right) => right[1].length - left[1].length);
  const rest = largest.splice(SHOWN).flatMap(([, seats]) => seats);
  if (rest.length) largest.push(["other causes", rest]);
  return largest.map(([why, seats]) => {
    const row = make("li");
    row.className = "cause";
    row.append(make("b", why), make("strong", (seats.length > 1 ? "seats " : "seat ") + seats.join(", ")));
    return row;
  });
}

function drawTile(seat) {
  let tile = tiles.get(seat.seat);
  if (!tile) {
    tile = { node: make("li"), number: make("strong"), name: make("b"), word: make("i"), was: "" };
    tile.name.dir = "auto";
    tile.node.append(tile.number, tile.name, tile.word);
    tiles.set(seat.seat, tile);
    at("seats").append(tile.node);
  }
  const trouble = seat.trouble ? seat.trouble.code || "" : "";
  const name = seat.state === "removed" ? "" : seat.name; // it may be why the participant was removed
  const now = [seat.state, name, trouble].join("\n");
  if (tile.was === now) return;
  tile.was = now;
  tile.node.className = seat.state;
  put(tile.number, (SIGN[seat.state] ? SIGN[seat.state] + " " : "") + seat.seat);
  put(tile.name, name);
  put(tile.word, WORD[seat.state] + (trouble ? ": " + trouble : ""));
  const label = "seat " + seat.seat + ", " + WORD[seat.state] + (name ? ", " + name : "");
  tile.node.setAttribute("aria-label", label + (trouble ? ", " + trouble : ""));
  tile.node.title = label;
}

function draw(state) {
  document.title = state.title + ": " + state.counts.proven + " proven";
  put(at("title"), state.title);
  joining(state);
  progress(state);
  help(state);
  state.seats.forEach(drawTile);
  for (const [number, tile] of tiles) {
    if (number > state.seats.length) {
      tile.node.remove();
      tiles.delete(number);
    }
  }
  fit();
}

function connect() {
  if (source) source.close();
  clearTimeout(again);
  again = null;
  started = Date.now();
  source = new EventSource("/quickstart/events?key=" + encodeURIComponent(key));
  source.onmessage = (event) => {
    const state = JSON.parse(event.data);
    lastMessage = Date.now();
    pause = SOON;
    over = Boolean(state.closed);
    draw(state);
    showConnection(over ? "over" : "live");
    if (over) reconnect(); // it may be opened again
  };
  source.addEventListener("alive", () => {
    lastMessage = Date.now();
    if (!over) showConnection("live");
  });
  source.onerror = reconnect;
}

function reconnect() {
  source.close();
  if (!over) showConnection(Date.now() - lastMessage > SILENCE ? "lost" : "stale");
  if (again) return;
  again = setTimeout(connect, over ? SELDOM : pause);
  pause = Math.min(2 * pause, LATER);
}

// A connection that died silently (a laptop slept, the Wi-Fi changed) raises no error, so silence counts as one.
setInterval(() => {
  if (over || Date.now() - lastMessage <= SILENCE) return;
  showConnection("lost");
  if (Date.now() - started > SILENCE) reconnect();
}, 1000);

addEventListener("resize", fit);
connect();
