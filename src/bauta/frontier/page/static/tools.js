"use strict";
/* Small tools of the page. Texts of a run enter it as text nodes only, never as HTML. */

const DASH = "–";

/** A new element; `attributes` may name listeners as `onclick`, and children are nodes or texts. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

const known = (value) => Array.isArray(value);
const numberOf = (value) => (known(value) ? value[0] : null);
const lowOf = (value) => (known(value) ? value[1] ?? null : null);
const highOf = (value) => (known(value) ? value[2] ?? null : null);

/** A number with a fixed count of digits, where ties go to the even digit, as in Python. */
function fixed(number, digits) {
  const doubled = number * 2 ** (digits + 1);
  const scale = 10 ** digits;
  if (Number.isInteger(doubled) && doubled % 2 !== 0) {
    const floor = Math.floor(number * scale);
    return ((floor % 2 === 0 ? floor : floor + 1) / scale).toFixed(digits);
  }
  return (Object.is(number, -0) ? "-" : "") + number.toFixed(digits);
}

/** `0.84 [0.78, 0.90]`, or a dash if it is missing. */
function interval(value, digits = 2) {
  if (!known(value)) return DASH;
  const [low, high] = [lowOf(value), highOf(value)];
  if (low === null || high === null) return fixed(value[0], digits);
  return `${fixed(value[0], digits)} [${fixed(low, digits)}, ${fixed(high, digits)}]`;
}

/** Significant digits without zeros at the end, as Python's format `.Ng` writes numbers below 10^N. */
function short(number, digits = 6) {
  if (number === 0) return "0";
  if (Math.abs(number) < 1e-4) {
    const [mantissa, power] = significant(number, digits).split("e");
    return `${Number(mantissa)}e-${power.slice(1).padStart(2, "0")}`;
  }
  return String(Number(significant(number, digits)));
}

/** A number with a count of significant digits, in exponential form; ties go to the even digit, as in Python. */
function significant(number, digits) {
  const [mantissa, power] = number.toExponential(100).split("e");
  const end = (number < 0 ? 1 : 0) + digits + 1;
  const kept = mantissa.slice(0, end);
  const isTie = /^50*$/.test(mantissa.slice(end));
  return isTie && Number(kept.replace(".", "").at(-1)) % 2 === 0 ? `${kept}e${power}` : number.toExponential(digits - 1);
}

/** Any measured number in a few digits. */
function told(number) {
  if (Number.isInteger(number) && Math.abs(number) >= 10) return number.toLocaleString("en");
  return Math.abs(number) >= 10 ? fixed(number, 1) : fixed(number, 3);
}

/** A number with its interval for a table, or a dash with the reason. */
function cell(value, data, tag = "td") {
  if (!known(value)) {
    const reason = data.reasons[value] ?? "not measured";
    return element(tag, { class: "null", title: reason }, DASH, element("span", { class: "unseen" }, ` ${reason}`));
  }
  const made = element(tag, { "data-value": value[0] }, told(value[0]));
  if (lowOf(value) !== null) made.append(element("small", {}, `${fixed(value[1], 2)} – ${fixed(value[2], 2)}`));
  return made;
}

/** The content of the page: base64 of gzipped JSON. */
async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

/** Draw a compiled chart into an element as SVG, and return its view. */
async function draw(host, chart) {
  // `ast`: the expressions of the chart are interpreted, as the page forbids compiling code.
  const how = { mode: "vega", ast: true, actions: false, renderer: "svg", hover: false, tooltip: false, defaultStyle: false, logLevel: 1 };
  const { view } = await vegaEmbed(host, structuredClone(chart), how);
  return view;
}
