"""All measurements of one anonymized set, and of a dataset with all of its sets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bauta.attack.light import LIGHT_BLUR
from bauta.attack.proof import Proof, proofs_of
from bauta.config.frontier import DatasetPair
from bauta.config.limits import Limits, limits_of_pair
from bauta.config.short_names import natural_key
from bauta.errors import DataError
from bauta.measurement import Measurement, Value

KINDS = (
    *("attack", "adapt", "suite", "soft", "expression", "agreement", "significance"),
    *("realism", "preservation", "training", "coverage", "audit"),
)
ORIGINAL = ("original", "clear")
"""Backend and setting of the clear baseline."""
LIGHT = ("blur", ",".join(f"{name}={value}" for name, value in LIGHT_BLUR.items()))
"""Backend and setting of the blur on which attacks are proved."""

Place = tuple[str, str, str]
"""Dataset, backend and setting."""


@dataclass(frozen=True)
class MeasuredSet:
    """All measurements of one anonymized set, or of the originals.

    Attributes:
        found: Kind → recognizer, teacher or estimator → measurement, the kinds in the order of `KINDS`.
        clear: Recognizer → its attack on the originals of the dataset, the baseline of the set.
    """

    dataset: str
    backend: str
    setting: str
    found: Mapping[str, Mapping[str | None, Measurement]]
    clear: Mapping[str | None, Measurement]

    @property
    def place(self) -> tuple[str, str]:
        """Backend and setting."""
        return (self.backend, self.setting)

    @property
    def every(self) -> list[Measurement]:
        """All measurements of the set, in one list."""
        return [one for models in self.found.values() for one in models.values()]

    def get(self, kind: str, model: str | None = None) -> Measurement | None:
        """Return the measurement of a kind by a model, or by the first one; None if there is none."""
        return _pick(self.found[kind], model)

    def first_with(self, kind: str, name: str) -> Measurement | None:
        """Return the first measurement of a kind that has a value, or says why nothing could be measured."""
        models = self.found[kind].values()
        return next((one for one in models if name in one.values or one.infeasible is not None), None)

    def clear_value(self, recognizer: str | None, name: str) -> Value:
        """Return a value of the clear baseline of a recognizer, or of the first one."""
        baseline = _pick(self.clear, recognizer)
        return value_of(baseline, name, "the recognizer was not scored on the clear faces")


@dataclass(frozen=True)
class MeasuredDataset:
    """All measured sets of a dataset, or of a pair of datasets, with their limits.

    Attributes:
        sets: Backends in the order of the config, with their settings in numeric order.
        recognizers: The recognizers that attacked; the first provides the columns without a name.
        teachers: The teachers that were applied, likewise; untrained ones only if there are no others.
        untrained: Teacher → the reason why it was applied to none of the sets.
        infeasible: Backend and setting → the reason why it was not anonymized.
        limits: What the dataset cannot support; its `identities` also says why no attack was feasible.
        pair: The two datasets of the measurements, None for a single dataset.
        proofs: How each attack does on the light blur; none if it was not attacked.
        agreement: Two teachers, `one/other` → Cohen's κ between what they read in the clear faces.
    """

    name: str
    sets: Sequence[MeasuredSet]
    recognizers: Sequence[str]
    teachers: Sequence[str]
    untrained: Mapping[str, str]
    infeasible: Mapping[tuple[str, str], str]
    limits: Limits
    pair: DatasetPair | None
    proofs: Sequence[Proof]
    agreement: Mapping[str, Value]


def measured_sets(measurements: Iterable[Measurement]) -> dict[Place, MeasuredSet]:
    """Collect the measurements of each set.

    Raises:
        DataError: a measurement is of an unknown kind, or two are of the same kind, set and model.
    """
    found: dict[Place, dict[str, dict[str | None, Measurement]]] = {}
    for one in measurements:
        if one.kind not in KINDS:
            raise DataError(f"measurement of {one.dataset}: expected a kind of {KINDS}, got '{one.kind}'")
        place = (one.dataset, one.backend, one.setting)
        models = found.setdefault(place, {kind: {} for kind in KINDS})[one.kind]
        if one.model in models:
            which = f"{one.kind}/{'/'.join(place)} by '{one.model}'"
            raise DataError(f"two measurements {which}: expected one; remove the stale one")
        models[one.model] = one
    clear = {place[0]: kinds["attack"] for place, kinds in found.items() if place[1:] == ORIGINAL}
    return {place: MeasuredSet(*place, kinds, clear.get(place[0], {})) for place, kinds in found.items()}


def measured_datasets(
    measurements: Sequence[Measurement], config: Mapping[str, Any], limits: Mapping[str, Limits]
) -> list[MeasuredDataset]:
    """Group the measurements by pair of datasets and by dataset, in the order of the config.

    Datasets with identities seldom have expression labels, and vice versa. A pair combines the privacy of one
    with the expressions of the other, and is treated like any other dataset.

    Raises:
        DataError: two measurements are of the same kind, set and model, a dataset without identities was
            attacked, or a pair of datasets has no common setting.
    """
    listed = (config.get("frontier") or {}).get("pairs") or {}
    pairs = {name: DatasetPair.model_validate(pair) for name, pair in listed.items()}
    sets = measured_sets(measurements)
    own: dict[str, list[MeasuredSet]] = {}
    for one in sets.values():
        own.setdefault(one.dataset, []).append(one)
    proofs = {place[0]: proofs_of(one.found["suite"][None]) for place, one in sets.items() if _is_light(one)}
    agreements = {
        place[0]: {who.removesuffix("/kappa"): value for who, value in agreed.values.items()}
        for place, one in sets.items()
        if (agreed := one.get("agreement")) is not None
    }
    own |= {name: _sets_of_pair(name, pair, sets) for name, pair in pairs.items()}
    known = {**limits, **{name: limits_of_pair(pair, limits) for name, pair in pairs.items()}}
    names = _ordered(set(own), [*pairs, *(config.get("datasets") or ())])
    found = []
    for name in names:
        pair = pairs.get(name)
        shown = proofs.get(name if pair is None else pair.identity, ())
        read = agreements.get(name if pair is None else pair.expression, {})
        about = _dataset(
            name, own[name], config, known.get(name, Limits()), pair, proofs=shown, agreement=read
        )
        found.append(about)
    return found


def _is_light(one: MeasuredSet) -> bool:
    suite = one.found["suite"].get(None)
    return one.place == LIGHT and suite is not None and suite.infeasible is None


def value_of(measurement: Measurement | None, name: str, absent: str) -> Value:
    """Return a named value, or null with a reason: `absent`, or that the measurement lacks it."""
    if measurement is None or measurement.infeasible is not None:
        return Value.missing(absent if measurement is None else measurement.infeasible or "")
    lacking = f"'{name}' is not part of this run's {measurement.kind} measurements"
    return measurement.values.get(name, Value.missing(lacking))


def _dataset(
    name: str,
    own: Sequence[MeasuredSet],
    config: Mapping[str, Any],
    limits: Limits,
    pair: DatasetPair | None,
    *,
    proofs: Sequence[Proof],
    agreement: Mapping[str, Value],
) -> MeasuredDataset:
    recognizers, teachers = (
        _ordered({model for one in own for model in one.found[kind] if model}, config.get(names))
        for kind, names in (("attack", "recognizers"), ("expression", "teachers"))
    )
    if limits.identities and recognizers:
        raise DataError(
            f"{name}: expected no attack, for {limits.identities}, got one by {recognizers[0]}; remove it"
        )
    unattacked = [one.infeasible for one in own[0].clear.values()]
    if not limits.identities and unattacked and None not in unattacked:
        limits = limits.model_copy(update={"identities": unattacked[0]})
    backends = _ordered({one.backend for one in own}, config.get("anonymizers"))
    sets = sorted(own, key=lambda one: (backends.index(one.backend), natural_key(one.setting)))
    # The light blur is a row only where the configuration asks for it, and so for more than its attacks.
    sets = [one for one in sets if one.place != ORIGINAL and (one.place != LIGHT or one.get("coverage"))]
    infeasible = {(b, setting): why for b, left in limits.left_out.items() for setting, why in left.items()}
    for one in sorted(sets, key=lambda one: one.backend):
        coverage = one.get("coverage")
        if coverage is not None and coverage.infeasible is not None:
            infeasible[one.place] = coverage.infeasible
    untrained = {}
    for teacher in teachers:
        read = [one.get("expression", teacher) for one in sets if one.place not in infeasible]
        reasons = [one.infeasible for one in read if one is not None]
        if reasons and None not in reasons:
            untrained[teacher] = str(reasons[0])
    # If no teacher can be applied, the first one's reason is that of the missing utility.
    teachers = [teacher for teacher in teachers if teacher not in untrained] or teachers
    recognizers = [] if limits.identities else recognizers
    return MeasuredDataset(
        name, sets, recognizers, teachers, untrained, infeasible, limits, pair, proofs, agreement
    )


def _sets_of_pair(name: str, pair: DatasetPair, sets: Mapping[Place, MeasuredSet]) -> list[MeasuredSet]:
    """The settings that both datasets have, and the clear baseline, under the pair's name."""
    note = (
        f"expressions are of {pair.expression}; attacks, coverage, realism, n_images and n_subjects of "
        f"{pair.identity}"
    )
    found = []
    for one in sets.values():
        other = sets.get((pair.expression, *one.place))
        read = other.found["expression"] if other else {}
        if one.dataset == pair.identity and (read or one.place == ORIGINAL):
            told = {m: r.model_copy(update={"notes": [note, *r.notes]}) for m, r in read.items()}
            found.append(replace(one, dataset=name, found={**one.found, "expression": told}))
    if not any(one.place != ORIGINAL for one in found):
        raise DataError(
            f"pair {name}: expected a setting that is attacked on {pair.identity} and read on "
            f"{pair.expression}, got none; run both"
        )
    return found


def _ordered(names: set[str], order: Iterable[str] | None) -> list[str]:
    listed = [name for name in order or () if name in names]
    return listed + sorted(names - set(listed))


def _pick(models: Mapping[str | None, Measurement], name: str | None) -> Measurement | None:
    return models.get(name) if name is not None else next(iter(models.values()), None)
