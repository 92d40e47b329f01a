/* Brings the page to life: what it holds before is complete without it. */

/** A table whose columns sort it; the page holds a few thousand cells, for which no library is needed. */
function makeSortable(whole) {
  const heads = [...whole.tHead.rows[0].cells];
  const said = whole.closest("section").querySelector(".sorted");
  heads.forEach((head, column) => {
    const button = element("button", { type: "button", onclick: () => {
      const rising = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      sortRows(whole.tBodies[0], column, rising ? 1 : -1);
      said.textContent = `Sorted by ${head.textContent}, ${rising ? "ascending" : "descending"}`;
    } }, ...head.childNodes);
    head.append(button);
  });
}

/** Sort by number, or by text where there is none; what is missing comes last in either direction. */
function sortRows(body, column, direction) {
  const keyed = [...body.rows].map((row) => {
    const own = row.cells[column];
    const number = own.dataset.value;
    return { row, missing: own.classList.contains("null"), key: number === undefined ? own.textContent : Number(number) };
  });
  const compare = (one, other) => (typeof one === "number" && typeof other === "number" ? one - other
    : String(one).localeCompare(String(other), "en", { numeric: true }));
  keyed.sort((one, other) => one.missing - other.missing || direction * compare(one.key, other.key));
  body.append(...keyed.map(({ row }) => row));
}

/** The toggle of the theme: that of the system, dark or light. */
function startTheme(button) {
  const root = document.documentElement;
  const names = ["auto", "dark", "light"];
  const set = (name) => {
    if (name === "auto") delete root.dataset.theme;
    else root.dataset.theme = name;
    button.textContent = `Theme: ${name}`;
    button.dataset.theme = name;
  };
  let stored = "auto";
  try {
    stored = localStorage.getItem("bauta-theme") ?? "auto";
  } catch {
    // A page from a file may have no storage.
  }
  set(names.includes(stored) ? stored : "auto");
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = names[(names.indexOf(button.dataset.theme) + 1) % names.length];
    set(next);
    try {
      localStorage.setItem("bauta-theme", next);
    } catch {
      // Likewise.
    }
  });
}

async function start() {
  startTheme(document.getElementById("theme"));
  document.querySelectorAll("table.settings").forEach(makeSortable);
  const data = await unpack(document.getElementById("data").textContent);
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const setting = new Setting(document.getElementById("setting"), data, charts);
  const explorers = [];
  for (const section of document.querySelectorAll("section[data-dataset]")) {
    const place = Number(section.dataset.dataset);
    const found = data.datasets[place];
    const sheets = [...section.querySelectorAll("img[data-rows]")].map((picture) => ({
      picture, title: picture.alt, rows: JSON.parse(picture.dataset.rows),
    }));
    const open = (row) => setting.open(found, row, sheets);
    const rows = section.querySelectorAll("table.settings tbody tr");
    rows.forEach((row) => {
      const name = row.querySelector(".label");
      const button = element("button", { type: "button", class: "label", onclick: () => open(Number(row.dataset.row)) }, ...name.childNodes);
      name.replaceWith(button);
    });
    const host = section.querySelector(".explorer");
    host.addEventListener("shown", ({ detail }) => rows.forEach((row) => {
      row.hidden = !detail.has(Number(row.dataset.row));
    }));
    // A dataset without identities has nothing to explore; the run's picture of its utility stays.
    if (!found.axes.privacy.some((choice) => choice.values.some(known))) continue;
    const explorer = new Explorer(host, data, place, charts, open);
    await explorer.start();
    section.classList.add("alive");
    explorers.push(explorer);
  }
  window.addEventListener("beforeprint", () => document.querySelectorAll("main details").forEach((one) => (one.open = true)));
  window.bauta = { data, explorers, advise };
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
}

start().catch((error) => {
  document.getElementById("trouble").hidden = false;
  throw error;
});
