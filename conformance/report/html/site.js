// What every page has: where data files hand over what they hold, and the filter of the changelog.
"use strict";

const conformance = {
  taken: {},
  waiting: {},

  // Called by a data file.
  take(name, content) {
    this.taken[name] = content;
    const waiting = this.waiting[name];
    if (waiting) waiting(content);
  },

  // The content of a data file. A script, because a page opened from a file may not fetch.
  load(name) {
    if (name in this.taken) return Promise.resolve(this.taken[name]);
    return new Promise((done, failed) => {
      this.waiting[name] = done;
      const script = document.createElement("script");
      script.src = "data/" + name + ".js";
      script.onerror = () => failed(new Error("data/" + name + ".js cannot be read."));
      document.head.append(script);
    });
  },
};

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("changelog-filter");
  if (!form) return;
  form.hidden = false;
  const text = document.getElementById("changelog-text");
  const only = document.getElementById("changelog-undocumented");
  const entries = [...document.querySelectorAll(".headline")];
  const words = entries.map((entry) => entry.textContent.toLowerCase());
  const filter = () => {
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    entries.forEach((entry, number) => {
      const fits = wanted.every((word) => words[number].includes(word))
        && (!only.checked || entry.dataset.documented === "no");
      entry.hidden = !fits;
      shown += fits;
    });
    document.getElementById("changelog-count").textContent = shown + " of " + entries.length;
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  text.addEventListener("input", filter);
  only.addEventListener("change", filter);
  filter();
});
