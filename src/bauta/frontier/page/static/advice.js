/* The rules of bauta/frontier/advice.py, for other floors, axes and filters. A test compares the two. */

const AXES = ["privacy", "utility"];
const NONE = "no setting here is both private and useful";
const UNFIT = "no setting can be advised: ";

/**
 * The most private setting that reaches both floors, by its measured values.
 *
 * @param points settings with `label`, `candidate` and a value `[value, low, high]` for `privacy` and `utility`
 * @param floors smallest `privacy` and `utility`; null for none
 * @param unfit why the dataset supports no advice at all, or null
 * @returns `{setting, sentence}`; the setting is the label of a point, or null
 */
function advise(points, floors, unfit = null) {
  if (unfit !== null) return { setting: null, sentence: UNFIT + unfit };
  const candidates = points.filter((point) => point.candidate && AXES.every((axis) => known(point[axis])));
  if (candidates.length === 0) return { setting: null, sentence: `${NONE}: none is valid and measured on both axes` };
  const suitable = candidates.filter((point) => lacks(point, floors).length === 0);
  if (suitable.length === 0) {
    const nearest = least(candidates, (point) => [shortfall(point, floors), -point.privacy[0]]);
    const missing = lacks(nearest, floors).join(" and ");
    return { setting: null, sentence: `${NONE}: the nearest, ${inWords(nearest)}, ${missing}` };
  }
  const best = least(suitable, (point) => [-point.privacy[0], -point.utility[0]]);
  const limits = set(floors).map(([axis, floor]) => `${axis} ${short(floor)}`).join(", ") || "none";
  const others = suitable.length > 1 ? `the most private of ${suitable.length} settings` : "the only setting";
  const doubts = set(floors)
    .filter(([axis, floor]) => lowOf(best[axis]) !== null && lowOf(best[axis]) < floor)
    .map(([axis, floor]) => `; its ${axis} may be below ${short(floor)}`);
  const why = `${others} at or above the floors (${limits})${doubts.join("")}`;
  return { setting: best.label, sentence: `use ${inWords(best)}: ${why}` };
}

function lacks(point, floors) {
  const found = set(floors)
    .filter(([axis, floor]) => point[axis][0] < floor)
    .map(([axis, floor]) => `lacks ${short(floor - point[axis][0], 2)} of frontier.floors.${axis}, ${short(floor)}`);
  const low = lowOf(point.privacy);
  if (low === null) found.push("has no interval of its privacy: measure it on more people");
  else if (low <= 0) {
    found.push("may hide nobody, as the interval of its privacy reaches 0: measure it on more people");
  }
  return found;
}

const shortfall = (point, floors) =>
  set(floors).reduce((sum, [axis, floor]) => sum + Math.max(0, floor - point[axis][0]), 0);

const set = (floors) => AXES.filter((axis) => floors[axis] !== null).map((axis) => [axis, floors[axis]]);

const inWords = (point) =>
  `${point.label} (privacy ${interval(point.privacy)}, utility ${interval(point.utility)})`;

/** The first of the points whose list of numbers is least. */
function least(points, numbers) {
  return points.reduce((best, point) => {
    const [one, other] = [numbers(point), numbers(best)];
    const place = one.findIndex((number, index) => number !== other[index]);
    return place >= 0 && one[place] < other[place] ? point : best;
  });
}

/** The points that no other candidate is as good as on both axes and better on one, by increasing privacy. */
function paretoSet(points) {
  const candidates = points.filter((point) => point.candidate && AXES.every((axis) => known(point[axis])));
  const beats = (one, other) =>
    AXES.every((axis) => one[axis][0] >= other[axis][0]) && AXES.some((axis) => one[axis][0] > other[axis][0]);
  return candidates
    .filter((point) => !candidates.some((other) => beats(other, point)))
    .sort((one, other) => one.privacy[0] - other.privacy[0]);
}

/** In how many of the settings the teacher of an axis had a part, such as being in a loss; empty if in none. */
function partOf({ who, told }, points) {
  const count = who ? points.filter((point) => known(point.utility) && told[point.place]).length : 0;
  return count === 0 ? "" : `had a part in ${count} of these settings`;
}
