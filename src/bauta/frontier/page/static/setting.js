/* The dialog of one setting: every attack and recognizer, the curves, the coverage and what went wrong. */

const PROTOCOLS = ["naive", "reverse", "parrot", "adaptive"];
const METRICS = [
  ["top1", "top-1"], ["top5", "top-5"], ["auc", "AUC"], ["eer", "EER"],
  ["tar_at_far_1e-2", "TAR @ FAR 1 %"], ["tar_at_far_1e-3", "TAR @ FAR 0.1 %"], ["d_sys", "D_sys"],
];
const COVERAGE = ["coverage", "detected", "anonymized", "redetected", "n_images", "n_subjects", "n_outputs"];
const HEADLINE = ["privacy", "utility", "worst_top1", "worst_top1_pooled", "bound_top1", "bound_top1_pooled", "coverage"];

class Setting {
  constructor(dialog, data, charts) {
    Object.assign(this, { dialog, data, charts });
    this.body = dialog.querySelector(".body");
    dialog.querySelector(".close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => this.closed());
  }

  async open(found, place, faces) {
    const row = found.rows[place];
    this.opener = document.activeElement;
    this.views = [];
    const parts = [
      this.head(found, row), this.notes(row), this.faces(row, faces), this.headline(row), this.attacks(row),
      this.byRecognizer(row), this.similarities(found, row), this.confusions(row), this.coverage(row), this.all(row),
    ];
    this.body.replaceChildren(...parts.filter((part) => part !== null));
    if (!this.dialog.open) this.dialog.showModal();
    this.body.scrollTop = 0;
    this.dialog.querySelector("h2").focus();
    await Promise.all(this.views.map((draw) => draw()));
  }

  closed() {
    this.body.replaceChildren();
    this.opener?.focus?.();
  }

  value(row, column) {
    return row.values[this.data.columns.indexOf(column)];
  }

  head(found, row) {
    const tags = [];
    if (row.knee) tags.push(["knee", ""]);
    else if (row.pareto) tags.push(["Pareto", ""]);
    if (row.control) tags.push(["control", "grey"]);
    if (row.infeasible) tags.push(["infeasible", "grey"]);
    else if (!row.valid) tags.push(["not valid", "red"]);
    const title = element("h2", { id: "setting-title", tabindex: -1 }, `${row.label} `,
      element("span", { class: "muted" }, `on ${found.dataset}`),
      tags.map(([text, kind]) => element("span", { class: `tag ${kind}` }, text)));
    const facts = [];
    if (row.sees.length) facts.push(`sees ${row.sees.join(", ")}`);
    if (row.judges.length) facts.push(`utility by ${row.judges.join(", ")}`);
    for (const [name, why] of Object.entries(row.partial)) facts.push(`${name} does not judge it: ${why}`);
    if (row.worst) facts.push(`worst attack ${row.worst}`);
    return element("header", {}, title, element("p", { class: "muted" }, facts.join(" · ")));
  }

  notes(row) {
    if (!row.notes.length) return this.part("What went wrong", element("p", { class: "muted" }, "Nothing to note."));
    const items = row.notes.map((note) => element("li", { class: note.startsWith("invalid") ? "failed" : "" }, note));
    return this.part("What went wrong, and what to know", element("ul", {}, items));
  }

  /** The row of the sheet that shows this setting, cut out by the browser: the faces are in the page once. */
  faces(row, sheets) {
    const shown = sheets.flatMap(({ picture, rows, title }) => {
      const own = rows.filter(([label]) => label === row.label || label === "original");
      if (!own.some(([label]) => label === row.label)) return [];
      return own.map(([label, top, bottom, left, right]) => {
        const image = element("img", { src: picture.src, alt: "" });
        const [width, height] = [100 / (right - left), (bottom - top) / (right - left)];
        image.style.width = `${width}%`;
        image.style.marginLeft = `${-left * width}%`;
        image.style.setProperty("--top", top);
        const frame = element("div", { class: "strip", role: "img", "aria-label": `${title}: ${label}` }, image);
        const ratio = picture.naturalHeight / picture.naturalWidth;
        frame.style.aspectRatio = String(1 / (height * ratio));
        image.style.marginTop = `${-top * width * ratio}%`;
        return element("figure", {}, element("figcaption", {}, label), frame);
      });
    });
    return shown.length ? this.part("Faces", element("div", { class: "faces" }, shown)) : null;
  }

  headline(row) {
    const shown = HEADLINE.filter((column) => known(this.value(row, column)));
    const cards = shown.map((column) => element("div", { class: "card" },
      element("span", {}, column), element("b", { "data-column": column, "data-value": this.value(row, column)[0] }, interval(this.value(row, column), 3))));
    const missing = ["privacy", "utility"].filter((column) => !known(this.value(row, column)))
      .map((column) => element("p", { class: "muted" }, `${column}: ${this.data.reasons[this.value(row, column)]}`));
    return element("div", {}, element("div", { class: "cards" }, cards), missing);
  }

  attacks(row) {
    if (!row.attacks.length) return null;
    const sorted = [...row.attacks].sort((one, other) => (numberOf(other[8]) ?? -1) - (numberOf(one[8]) ?? -1));
    const lines = sorted.map(([view, matcher, protocol, recognizer, pooling, jpeg, parts, counts, value]) => {
      const bar = element("td", { class: "bar" });
      bar.style.setProperty("--share", numberOf(value) ?? 0);
      return element("tr", { class: counts ? "pareto" : "" },
        element("td", {}, view, jpeg ? ` (JPEG ${jpeg})` : "", parts?.length ? element("small", {}, parts.join(" + ")) : null),
        ...[matcher, protocol, recognizer ?? DASH, pooling === "one" ? "one probe" : "all of a person"]
          .map((text) => element("td", { class: "text" }, text)),
        cell(value, this.data), bar, element("td", {}, counts ? "counts" : ""));
    });
    const heads = ["view", "matcher", "protocol", "recognizer", "probe", "top-1", "", "chosen"];
    return this.part(`Every attack of the suite (${sorted.length})`,
      table(heads, lines, "Attacks of the suite", "long"),
      element("p", { class: "muted" }, `Shaded: those that count. ${howChosen(row)}`));
  }

  byRecognizer(row) {
    const blocks = Object.entries(row.recognizers).map(([name, numbers]) => {
      const used = PROTOCOLS.filter((protocol) => METRICS.some(([metric]) => `${protocol}_${metric}` in numbers));
      const lines = METRICS.map(([metric, title]) => {
        const cells = used.map((protocol) => {
          const value = numbers[`${protocol}_${metric}`];
          return value === undefined ? element("td", { class: "null" }, DASH) : cell(value, this.data);
        });
        return element("tr", {}, element("th", { scope: "row" }, title), cells);
      });
      return element("div", {}, element("h4", {}, name), table(["", ...used], lines, `Attacks by ${name}`),
        this.list(numbers, `Every number of ${name}`));
    });
    return blocks.length ? this.part("Recognizers", blocks) : null;
  }

  similarities(found, row) {
    const recognizers = Object.keys(row.similarity);
    if (!recognizers.length) return null;
    const blocks = recognizers.map((name) => {
      const curves = Object.entries({ "clear faces": found.clear[name]?.clear, ...row.similarity[name] }).filter(([, curve]) => curve);
      const range = filled(curves.map(([, curve]) => curve));
      const panels = curves.map(([protocol, curve]) => {
        const host = element("div", { class: "chart small", role: "img", "aria-label": `Similarities, ${protocol}, by ${name}` });
        this.views.push(() => this.distribution(host, curve, range));
        return element("figure", {}, element("figcaption", {}, protocol), host);
      });
      return element("div", {}, element("h4", {}, name), element("div", { class: "grid" }, panels));
    });
    return this.part("Similarity of pairs: the more the two overlap, the less the recognizer can tell", blocks);
  }

  async distribution(host, curve, [first, last]) {
    const kinds = { genuine: "one person", impostor: "two persons" };
    const bins = Object.entries(kinds).flatMap(([kind, pairs]) => {
      const total = Math.max(1, curve[kind].reduce((sum, count) => sum + count, 0));
      const width = 2 / curve[kind].length;
      return curve[kind].slice(first, last).map((count, place) => ({ low: -1 + (first + place) * width, share: count / total, pairs }));
    });
    const view = await draw(host, this.charts.similarity);
    await view.signal("x_title", "cosine similarity").signal("y_title", "share of pairs").data("bins", bins)
      .width(Math.max(180, host.clientWidth)).runAsync();
  }

  confusions(row) {
    const blocks = Object.entries(row.confusion).map(([teacher, read]) => element("div", {},
      element("h4", {}, teacher),
      element("div", { class: "grid" }, matrix(read.classes, read.before, "clear faces"), matrix(read.classes, read.after, "anonymized faces")),
      row.teachers[teacher] ? this.list(row.teachers[teacher], `Every number of ${teacher}`) : null));
    const others = Object.entries(row.teachers).filter(([name]) => !(name in row.confusion))
      .map(([name, numbers]) => this.list(numbers, `Every number of ${name}`));
    return blocks.length + others.length ? this.part("Expressions before and after: rows are labels, columns what is read", blocks, others) : null;
  }

  coverage(row) {
    const lines = COVERAGE.map((column) => element("tr", {}, element("th", { scope: "row" }, column), cell(this.value(row, column), this.data)));
    return this.part("Coverage", table(["", "share or count"], lines, "Coverage"));
  }

  all(row) {
    const numbers = Object.fromEntries(this.data.columns.map((column, place) => [column, row.values[place]]));
    return this.part("Every column", this.list(numbers, "Every column of frontier.csv", "column"));
  }

  /** All numbers of a name, folded. */
  list(numbers, title, heading = "number") {
    const lines = Object.entries(numbers).map(([name, value]) => element("tr", { "data-name": name },
      element("th", { scope: "row" }, name), cell(value, this.data),
      element("td", {}, known(value) ? String(value[3] ?? "") : "")));
    return element("details", {}, element("summary", {}, title), table([heading, "value", "n"], lines, title, "long"));
  }

  part(title, ...content) {
    return element("section", {}, element("h3", {}, title), ...content);
  }
}

/** How the attacks that count were chosen; on few people, they are those that turned out the strongest. */
function howChosen(row) {
  const onScored = row.notes.some((note) => note.startsWith("the attack was chosen on the scored people"));
  return onScored ? "They were chosen on the people who are scored, for want of others."
    : "They were chosen before their score was known.";
}

/** The first and the last bin that holds a pair in any of the curves, with one empty bin on either side. */
function filled(curves) {
  const bins = curves.flatMap((curve) => [curve.genuine, curve.impostor]);
  const holds = bins[0].map((_, place) => bins.some((counts) => counts[place] > 0));
  return [Math.max(0, holds.indexOf(true) - 1), Math.min(holds.length, holds.lastIndexOf(true) + 2)];
}

/** A table in a frame that scrolls. */
function table(heads, lines, label, kind = "") {
  return element("div", { class: `scroll ${kind}`, tabindex: 0, role: "region", "aria-label": label },
    element("table", {}, element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, lines)));
}

/** A confusion matrix, darker where the share of a row is larger. */
function matrix(classes, counts, title) {
  const lines = counts.map((line, place) => {
    const total = line.reduce((sum, count) => sum + count, 0);
    return element("tr", {}, element("th", { scope: "row" }, classes[place]), line.map((count, column) => {
      const share = total ? count / total : 0;
      const made = element("td", { class: column === place ? "same" : "", title: `${classes[place]} read as ${classes[column]}: ${count} of ${total}` }, String(count));
      made.style.setProperty("--share", share);
      if (share > 0.55) made.classList.add("dark");
      return made;
    }));
  });
  return element("figure", { class: "matrix" }, element("figcaption", {}, title),
    table(["", ...classes.map((name) => name.slice(0, 3))], lines, `Confusion, ${title}`));
}
