// What the pages do without this script they do with it, too: this only saves key strokes.
"use strict";
const form = document.getElementById("search");
const box = document.getElementById("q");

// "/" goes to the search, j and k along the stories.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "/") {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "j" || event.key === "k") {
    const links = [...document.querySelectorAll(".story h3 a")];
    const next = links.indexOf(document.activeElement) + (event.key === "j" ? 1 : -1);
    if (links.length) links[Math.max(0, Math.min(next, links.length - 1))].focus();
  }
});

// On a wide screen the filters are open.
const folded = document.querySelector(".filters details");
if (folded && matchMedia("(min-width: 60rem)").matches) folded.open = true;

// What was removed comes whole when it is unfolded.
const removed = document.querySelector("[data-blocks]");
removed?.addEventListener("toggle", async () => {
  try {
    const answer = await fetch(removed.dataset.blocks);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const blocks = page.getElementById("blocks");
    if (answer.ok && blocks) removed.replaceChildren(removed.querySelector("summary"), blocks);
  } catch {
    // The beginnings stay, and the link to the page that says what is wrong.
  }
}, { once: true });

const results = () => document.getElementById("results");
const say = () => (document.getElementById("status").textContent = results().querySelector(".count").textContent.trim());
let asked = 0;

// A server makes the list; the page takes it over. What is still being typed may be no question yet, as `"` or `-`.
async function ask(isWhole) {
  const mine = ++asked;
  const given = [...new FormData(form)].filter(([, value]) => value);
  const url = new URL(form.action);
  url.search = new URLSearchParams(given);
  results().setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("results");
    if (mine !== asked || (answer.status === 400 && !isWhole)) return;
    if (!fresh) throw new Error(answer.status);
    results().replaceChildren(...fresh.childNodes);
    document.querySelector(".band")?.toggleAttribute("hidden", given.length > 0);
    document.title = page.title;
    say();
    history.replaceState(null, "", url);
  } catch {
    if (mine === asked) form.submit();
  } finally {
    if (mine === asked) results().setAttribute("aria-busy", "false");
  }
}

// A static site has a list of its newest stories.
let index = null;
async function look() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const base = form.dataset.base;
  index ??= await (await fetch(form.dataset.index)).json();
  const found = index.filter((entry) => words.every((word) => entry.text.toLowerCase().includes(word))).slice(0, 50);
  const list = document.createElement("ol");
  list.className = "stories";
  for (const entry of found) {
    const item = list.appendChild(document.createElement("li"));
    item.className = "story";
    item.appendChild(document.createElement("time")).textContent = entry.day;
    const heading = item.appendChild(document.createElement("h3"));
    const link = heading.appendChild(document.createElement("a"));
    link.href = base + entry.href;
    link.textContent = entry.title;
    link.dir = "auto";
    const meta = heading.parentNode.appendChild(document.createElement("p"));
    meta.className = "meta";
    meta.textContent = entry.source;
  }
  const count = document.createElement("p");
  count.className = "count";
  count.textContent = `${found.length} of the newest ${index.length} stories`;
  results().replaceChildren(count, list);
  say();
}

function later(act, milliseconds) {
  let waiting = 0;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(act, milliseconds);
  };
}

if (form.dataset.index && results()) {
  form.addEventListener("submit", (event) => event.preventDefault());
  box.addEventListener("input", later(() => (box.value.trim() ? look() : location.assign(location.pathname)), 120));
  box.value ||= new URLSearchParams(location.search).get("q") ?? ""; // asked on a page without a list
  if (box.value.trim()) look();
} else if (results()) {
  box.addEventListener("input", later(() => ask(false), 150));
  document.querySelector(".filters")?.addEventListener("change", () => ask(false));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(true);
  });
}
