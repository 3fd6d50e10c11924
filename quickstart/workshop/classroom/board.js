// The board draws the state that the server sends, as text only: names are strangers' words.
"use strict";

const WORD = { free: "free", joined: "joined", proven: "proven", trouble: "in trouble", removed: "removed" };
const SIGN = { free: "", joined: "…", proven: "✓", trouble: "!", removed: "×" };
const SILENCE = 15000; // ms without a word from the server, whose heartbeat comes every 5 s
const SOON = 1000, LATER = 5000, SELDOM = 15000; // ms until the server is asked again; seldom where the class is closed
const SHOWN = 6; // troubles one by one, or causes; the tiles show all of them
const SPOKEN = 15000; // ms between two spoken summaries
const key = new URLSearchParams(location.search).get("key") || "";
const at = (id) => document.getElementById(id);
const tiles = new Map();
let heard = Date.now(), begun = 0, pause = SOON, again = null, source = null, over = false;
let drawnLine = null, spoken = 0, waiting = null, latest = null;

function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function make(tag, text) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  return node;
}

// One word of how it stands with the server: connecting, live, stale (asking again), lost (silent for long), over.
const STANDS = { live: "live", stale: "not live: trying to reconnect", lost: "connection lost", over: "closed" };

function stand(word) {
  if (document.body.classList.contains(word)) return;
  document.body.classList.remove(...Object.keys(STANDS));
  document.body.classList.add(word);
  put(at("live").lastElementChild, STANDS[word]);
  fit();
}

function how(state) {
  const line = state.join_line;
  at("open").hidden = !line;
  at("closed").hidden = Boolean(line);
  const why = state.locked ? "Joining is closed" : "The time to join is over";
  put(at("closed").firstElementChild, state.closed ? "This class is closed" : why);
  put(at("closed").lastElementChild, state.closed ? "" : "Whoever has a seat keeps it and can join again.");
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

// A screen reader hears a summary now and then, not each event of forty people.
function speak(text) {
  latest = text;
  if (waiting) return;
  waiting = setTimeout(() => {
    waiting = null;
    spoken = Date.now();
    put(at("summary"), latest);
  }, Math.max(500, spoken + SPOKEN - Date.now()));
}

// A few are shown one by one; many by cause, with the numbers of the seats that a helper has to go to.
function help(state) {
  const inTrouble = state.seats.filter((seat) => seat.state === "trouble");
  at("help").hidden = !inTrouble.length;
  at("troubled").replaceChildren(...(inTrouble.length > SHOWN ? causes(inTrouble) : inTrouble.map(one)));
}

function cause(seat) {
  return seat.trouble.headline || seat.trouble.code || "without a word";
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

function tile(seat) {
  let found = tiles.get(seat.seat);
  if (!found) {
    found = { node: make("li"), number: make("strong"), name: make("b"), word: make("i"), was: "" };
    found.name.dir = "auto";
    found.node.append(found.number, found.name, found.word);
    tiles.set(seat.seat, found);
    at("seats").append(found.node);
  }
  const trouble = seat.trouble ? seat.trouble.code || "" : "";
  const name = seat.state === "removed" ? "" : seat.name; // it may be why somebody was removed
  const now = [seat.state, name, trouble].join("\n");
  if (found.was === now) return;
  found.was = now;
  found.node.className = seat.state;
  put(found.number, (SIGN[seat.state] ? SIGN[seat.state] + " " : "") + seat.seat);
  put(found.name, name);
  put(found.word, WORD[seat.state] + (trouble ? ": " + trouble : ""));
  const label = "seat " + seat.seat + ", " + WORD[seat.state] + (name ? ", " + name : "");
  found.node.setAttribute("aria-label", label + (trouble ? ", " + trouble : ""));
  found.node.title = label;
}

function draw(state) {
  document.title = state.title + ": " + state.counts.proven + " proven";
  put(at("title"), state.title);
  how(state);
  progress(state);
  help(state);
  state.seats.forEach(tile);
  for (const [number, found] of tiles) {
    if (number > state.seats.length) {
      found.node.remove();
      tiles.delete(number);
    }
  }
  fit();
}

function connect() {
  if (source) source.close();
  clearTimeout(again);
  again = null;
  begun = Date.now();
  source = new EventSource("/quickstart/events?key=" + encodeURIComponent(key));
  source.onmessage = (event) => {
    const state = JSON.parse(event.data);
    heard = Date.now();
    pause = SOON;
    over = Boolean(state.closed);
    draw(state);
    stand(over ? "over" : "live");
    if (over) reconnect(); // it may be opened again
  };
  source.addEventListener("alive", () => {
    heard = Date.now();
    if (!over) stand("live");
  });
  source.onerror = reconnect;
}

function reconnect() {
  source.close();
  if (!over) stand(Date.now() - heard > SILENCE ? "lost" : "stale");
  if (again) return;
  again = setTimeout(connect, over ? SELDOM : pause);
  pause = Math.min(2 * pause, LATER);
}

// A connection that died without a word (a laptop slept, the Wi-Fi changed) raises no error: silence tells.
setInterval(() => {
  if (over || Date.now() - heard <= SILENCE) return;
  stand("lost");
  if (Date.now() - begun > SILENCE) reconnect();
}, 1000);

addEventListener("resize", fit);
connect();
