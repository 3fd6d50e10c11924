// The seats fill the height that is left, with tiles as large as fit: nothing scrolls, except on a phone.
"use strict";

// What a tile shows, how many em of its number that takes, and the least px of the number at which it can be read.
const LAYOUTS = {
  full: { wide: () => 9.5, high: 2.7, least: 17 },
  named: { wide: () => 6, high: 2.5, least: 14 },
  numbers: { wide: (digits) => 1.95 + 0.72 * digits, high: 1.35, least: 9 },
};
const LARGEST = 44, COMFORT = 17, GAP = 4; // px
const NARROW = 640; // px; a phone

// Return the columns with which a number gets largest, of those the ones that leave the fewest places empty.
function columnsFor(count, width, height, { wide, high }) {
  let best = { size: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const across = ((width + GAP) / columns - GAP) / wide(String(count).length);
    const down = ((height + GAP) / rows - GAP) / high;
    const size = Math.min(across, down, LARGEST);
    const empty = columns * rows - count;
    if (size > best.size || (size === best.size && empty < best.empty)) best = { size, columns, rows, empty };
  }
  return best;
}

function arrange(list) {
  list.style.height = "0";
  const below = parseFloat(getComputedStyle(document.body).paddingBottom);
  const height = Math.floor(innerHeight - below - list.getBoundingClientRect().top - scrollY);
  for (const [name, layout] of Object.entries(LAYOUTS)) {
    const found = columnsFor(list.children.length, list.clientWidth, height, layout);
    if (found.size < layout.least) continue;
    list.className = name;
    list.style.height = height + "px";
    list.style.setProperty("--columns", found.columns);
    list.style.setProperty("--rows", found.rows);
    list.style.fontSize = Math.floor(found.size * 10) / 10 + "px";
    return found.size;
  }
  return 0;
}

function fit() {
  const list = document.getElementById("seats");
  if (!list.children.length) return;
  const classes = document.body.classList;
  const wide = innerWidth > NARROW;
  classes.add("fits");
  for (const tight of wide ? [false, true] : []) {
    classes.toggle("tight", tight);
    const size = arrange(list);
    if (tight ? size : size >= COMFORT && list.className !== "numbers") return;
  }
  classes.remove("fits", "tight");
  list.className = "";
  list.removeAttribute("style");
}
