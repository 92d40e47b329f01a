/* The frontier of a dataset, with its axes, floors and filters. */

const CONTROLS = "controls";

class Explorer {
  /**
   * @param host the empty element that is filled
   * @param data the content of the page
   * @param place of the dataset in it
   * @param charts the compiled charts
   * @param open opens a setting: called with the place of a row
   */
  constructor(host, data, place, charts, open) {
    Object.assign(this, { host, data, charts, open, found: data.datasets[place], id: `explorer-${place}` });
    this.backends = [...new Set(this.found.rows.filter((row) => !row.control).map((row) => row.backend))];
    if (this.found.rows.some((row) => row.control)) this.backends.push(CONTROLS);
    this.reset();
  }

  reset() {
    this.floors = { ...this.data.floors };
    this.hidden = new Set();
    this.chosen = { privacy: this.found.axes.privacy[0], utility: this.found.axes.utility[0] };
  }

  async start() {
    this.advice = element("p", { class: "advice live", role: "status", "aria-live": "polite" });
    this.chart = element("div", { class: "chart" });
    this.tip = element("div", { class: "tip", "aria-hidden": "true", hidden: true });
    this.hint = element(
      "p",
      { class: "muted hint" },
      "Point at a setting for its numbers; click it, or press Enter, to open it. Arrow keys go from one to the next. " +
        "Bars are 95 % intervals, dashed lines the floors, brackets what no attack but reverse goes below.",
    );
    this.panel = element("div", { class: "panel" });
    this.fill();
    this.host.append(this.panel, this.advice, element("div", { class: "canvas" }, this.chart, this.tip), this.hint);
    this.host.hidden = false;
    this.view = await draw(this.chart, this.charts.frontier);
    this.view.description(`Privacy and utility of the settings on ${this.found.dataset}; the table has the numbers.`);
    this.listen();
    await this.update();
    new ResizeObserver(() => this.resize()).observe(this.chart);
  }

  // --- what the reader sets

  fill() {
    const floors = AXES.map((axis) => this.slider(axis));
    this.panel.replaceChildren(
      element("fieldset", {}, element("legend", {}, "Axes"), ...this.selects()),
      element("fieldset", { class: "floors" }, element("legend", {}, "Floors of the advice"), ...floors),
      element("fieldset", { class: "backends" }, element("legend", {}, "Anonymizers"), ...this.boxes()),
    );
  }

  selects() {
    const whose = { privacy: "every recognizer", utility: "every judge" };
    const roles = { privacy: "Recognizer", utility: "Teacher" };
    return AXES.flatMap((axis) => {
      const choices = this.found.axes[axis];
      const measures = [...new Map(choices.map((one) => [one.measure, one])).values()];
      const measure = this.select(axis === "privacy" ? "Privacy" : "Utility", `${axis}-measure`,
        measures.map((one) => [one.measure, one.measure === "run" ? `${one.title} (of the run)` : one.title]),
        this.chosen[axis].measure, (name) => this.choose(axis, name, this.chosen[axis].who));
      const people = [...new Set(choices.map((one) => one.who))];
      const who = this.select(roles[axis], `${axis}-who`,
        people.map((one) => [one ?? "", one ?? whose[axis]]),
        this.chosen[axis].who ?? "", (name) => this.choose(axis, this.chosen[axis].measure, name || null));
      for (const option of who.querySelectorAll("option")) option.disabled = !this.nearest(axis, null, option.value || null);
      return [measure, who];
    });
  }

  select(label, name, options, chosen, change) {
    const id = `${this.id}-${name}`;
    const list = element("select", { id, onchange: (event) => change(event.target.value) },
      options.map(([value, text]) => element("option", { value, selected: value === chosen }, text)));
    return element("div", { class: "field" }, element("label", { for: id }, label), list);
  }

  /** The axis of a measure and a recognizer or teacher, or the nearest that there is. */
  nearest(axis, measure, who) {
    const choices = this.found.axes[axis];
    return choices.find((one) => one.measure === measure && one.who === who) ?? choices.find((one) => one.who === who);
  }

  choose(axis, measure, who) {
    const choices = this.found.axes[axis];
    const exact = choices.find((one) => one.measure === measure && one.who === who);
    // What was changed last counts: a measure that a recognizer lacks is that of all, and the other way round.
    const changed = measure !== this.chosen[axis].measure;
    const other = changed ? choices.find((one) => one.measure === measure) : this.nearest(axis, measure, who);
    this.chosen[axis] = exact ?? other ?? this.chosen[axis];
    const focused = document.activeElement?.id;
    this.fill();
    if (focused) document.getElementById(focused)?.focus();
    this.update();
  }

  slider(axis) {
    const id = `${this.id}-floor-${axis}`;
    const shown = element("output", { for: id });
    const write = () => (shown.value = this.floors[axis] === null ? "none" : fixed(this.floors[axis], 2));
    const slide = (event) => {
      const number = Number(event.target.value);
      this.floors[axis] = number === 0 ? null : number;
      event.target.setAttribute("aria-valuetext", number === 0 ? "none" : String(number));
      write();
      this.update();
    };
    const range = element("input", { id, type: "range", min: 0, max: 1, step: 0.01, value: this.floors[axis] ?? 0, oninput: slide });
    write();
    return element("div", { class: "field" }, element("label", { for: id }, `Least ${axis} `, shown), range);
  }

  boxes() {
    const box = (backend) => {
      const tick = element("input", { type: "checkbox", value: backend, checked: !this.hidden.has(backend),
        onchange: (event) => {
          if (event.target.checked) this.hidden.delete(backend);
          else this.hidden.add(backend);
          this.update();
        } });
      const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
      swatch.style.background = this.found.colors[backend] ?? "#8c959f";
      return element("label", { class: "tick" }, tick, swatch, backend);
    };
    const all = (label, hide) => element("button", { type: "button", class: "plain", onclick: () => {
      this.hidden = new Set(hide ? this.backends : []);
      this.fill();
      this.update();
    } }, label);
    const reset = element("button", { type: "button", class: "plain", onclick: () => {
      this.reset();
      this.fill();
      this.update();
    } }, "as in the run");
    return [...this.backends.map(box), element("span", { class: "buttons" }, all("all", false), all("none", true), reset)];
  }

  // --- what is shown

  isShown(row) {
    return !this.hidden.has(row.control ? CONTROLS : row.backend);
  }

  /** The settings that are shown, on the chosen axes. */
  points() {
    const { privacy, utility } = this.chosen;
    return this.found.rows
      .map((row, place) => ({ place, row, label: row.label, candidate: row.candidate,
        privacy: privacy.values[place], utility: utility.values[place] }))
      .filter((point) => this.isShown(point.row));
  }

  /** Whether the axes, floors and settings are those of the run. */
  get isOfRun() {
    return this.hasAxesOfRun && this.hidden.size === 0 && AXES.every((axis) => this.floors[axis] === this.data.floors[axis]);
  }

  get hasAxesOfRun() {
    return AXES.every((axis) => this.chosen[axis] === this.found.axes[axis][0]);
  }

  get currentAdvice() {
    const unfit = this.found.failed || this.hasAxesOfRun ? this.found.unfit : null;
    return advise(this.points(), this.floors, unfit);
  }

  async update() {
    const points = this.points();
    this.host.closest("section").classList.toggle("as-run", this.isOfRun);
    const hasUtility = points.some((point) => known(point.utility));
    const { setting, sentence } = this.currentAdvice;
    const lead = this.isOfRun ? `${this.found.dataset}: ` : `${this.found.dataset}, with what is chosen here: `;
    const part = partOf(this.chosen.utility, points);
    const doubt = part ? ` ${this.chosen.utility.who} ${part}, and is no judge of those.` : "";
    this.advice.replaceChildren(element("b", {}, lead), `${sentence}.${doubt}`);
    const drawn = points.filter((point) => known(point.privacy) && (known(point.utility) || !hasUtility));
    const marks = drawn.map((point, index) => this.mark(point, hasUtility ? null : (index + 0.5) / drawn.length));
    const front = hasUtility ? paretoSet(points) : [];
    const wanted = [setting, ...front.map((point) => point.label), ...(hasUtility ? [] : marks.map((mark) => mark.label))];
    const bounds = this.chosen.privacy.bounds;
    const line = (axis) => (this.floors[axis] === null ? [] : [this.floors[axis]]);
    this.view
      .signal("x_title", `privacy: ${this.chosen.privacy.title}${whose(this.chosen.privacy)}  (better →)`)
      .signal("y_labels", hasUtility ? 1 : 0)
      .signal("y_title", hasUtility ? `utility: ${this.chosen.utility.title}${whose(this.chosen.utility)}${part && ` (${part})`}` : "no utility: one line a setting")
      .data("settings", marks)
      .data("pareto", front.map((point, place) => ({ x: point.privacy[0], y: point.utility[0], place })))
      .data("bounds", marks.filter((mark) => (bounds[mark.place] ?? null) !== null).map((mark) => ({ ...mark, x: bounds[mark.place] })))
      .data("floor_x", line("privacy").map((x) => ({ x })))
      .data("floor_y", hasUtility ? line("utility").map((y) => ({ y })) : [])
      .data("names", this.names(marks, wanted));
    await this.view.runAsync();
    this.makeFocusable();
    this.host.dispatchEvent(new CustomEvent("shown", { detail: new Set(points.map((point) => point.place)) }));
  }

  /** The names beside the points of these labels, the first ones first, without those that would cover another. */
  names(marks, labels) {
    const width = this.chart.clientWidth || 800;
    const shown = [];
    for (const label of labels) {
      const mark = marks.find((one) => one.label === label);
      if (!mark) continue;
      const half = (6.4 * mark.row.name.length) / width / 2;
      const isFree = shown.every((other) => Math.abs(other.y - mark.y) > 0.045 || Math.abs(other.x - mark.x) > half + other.half);
      // A name stays inside the chart.
      if (isFree) shown.push({ ...mark, half, label: mark.row.name, x: Math.min(Math.max(mark.x, half), 1 - half) });
    }
    return shown;
  }

  mark(point, height) {
    const { row, place } = point;
    const color = row.control ? "#8c959f" : this.found.colors[row.backend];
    const utility = known(point.utility) ? point.utility : height === null ? null : [height];
    return {
      row, place, color, label: row.label,
      x: point.privacy[0], x_low: lowOf(point.privacy), x_high: highOf(point.privacy),
      y: utility[0], y_low: lowOf(utility), y_high: highOf(utility),
      fill: row.valid && !row.control ? color : "transparent",
      shape: row.control ? "diamond" : row.valid ? "circle" : "cross",
      told: `${row.label}: ${this.describe(point).map((pair) => pair.join(" ")).join(", ")}`,
    };
  }

  /** What a reader sees of a setting who points at it: pairs of a name and a text. */
  describe(point) {
    const { privacy, utility } = this.chosen;
    const lines = [["privacy", interval(point.privacy)], ["utility", interval(point.utility)]];
    const attack = privacy.told[point.place];
    const reader = utility.told[point.place];
    if (attack) lines.push(["worst attack", attack]);
    if (reader) lines.push(["read by", reader]);
    const states = [];
    if (point.row.control) states.push("control");
    if (!point.row.valid) states.push("not valid");
    if (point.row.knee && this.hasAxesOfRun) states.push("knee");
    if (states.length) lines.push(["is", states.join(", ")]);
    return lines;
  }

  // --- pointer and keyboard

  listen() {
    const isPoint = (item) => item?.mark?.name === "points_marks";
    this.view.addEventListener("mousemove", (event, item) => (isPoint(item) ? this.showTip(item.datum, event) : this.hideTip()));
    this.view.addEventListener("mouseout", () => this.hideTip());
    this.view.addEventListener("click", (event, item) => isPoint(item) && this.open(item.datum.place));
    this.chart.addEventListener("keydown", (event) => this.press(event));
    this.chart.addEventListener("focusin", (event) => {
      const datum = event.target.__data__?.datum;
      if (datum) this.showTip(datum, event.target.getBoundingClientRect());
    });
    this.chart.addEventListener("focusout", () => this.hideTip());
  }

  showTip(datum, at) {
    const point = { ...datum, privacy: this.chosen.privacy.values[datum.place], utility: this.chosen.utility.values[datum.place] };
    const lines = this.describe(point).flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]);
    this.tip.replaceChildren(element("b", {}, datum.row.label), element("dl", {}, lines));
    this.tip.hidden = false;
    const frame = this.chart.getBoundingClientRect();
    const [x, y] = [(at.clientX ?? at.right) - frame.left, (at.clientY ?? at.top) - frame.top];
    this.tip.style.left = `${Math.max(0, Math.min(x + 14, frame.width - this.tip.offsetWidth))}px`;
    this.tip.style.top = `${y + 18}px`;
  }

  hideTip() {
    this.tip.hidden = true;
  }

  /** The points of the chart by increasing privacy. */
  get marks() {
    const drawn = [...this.chart.querySelectorAll(".points_marks path")];
    return drawn.sort((one, other) => one.__data__.datum.x - other.__data__.datum.x);
  }

  makeFocusable() {
    this.marks.forEach((mark, place) => {
      mark.setAttribute("tabindex", place === 0 ? 0 : -1);
      mark.setAttribute("role", "button");
    });
  }

  press(event) {
    const { marks } = this;
    const place = marks.indexOf(event.target);
    if (place < 0) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.open(event.target.__data__.datum.place);
      return;
    }
    const steps = { ArrowRight: place + 1, ArrowUp: place + 1, ArrowLeft: place - 1, ArrowDown: place - 1, Home: 0, End: marks.length - 1 };
    const next = marks[steps[event.key]];
    if (!next) return;
    event.preventDefault();
    event.target.setAttribute("tabindex", -1);
    next.setAttribute("tabindex", 0);
    next.focus();
  }

  resize() {
    const width = this.chart.clientWidth;
    if (width > 0 && Math.abs(width - (this.width ?? 0)) > 1) {
      this.width = width;
      this.view.width(width).runAsync().then(() => this.makeFocusable());
    }
  }
}

const whose = (choice) => (choice.who ? `, by ${choice.who}` : "");
