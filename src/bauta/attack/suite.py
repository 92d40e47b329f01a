"""The attack suite: every view × matcher × protocol × pooling, chosen on some people, measured on others.

Each attack is a product (Todt, Hanisch and Strufe, "Fantômas", PoPETs 2024, section 4; Newton, Sweeney and
Malin, TKDE 2005, for the protocols). Which one counts is decided on people of their own, so that the worst
case of the scored people is not the luckiest of many.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bauta.attack import ATTACKS
from bauta.attack.candidates import AttackedFaces, EnrolledFaces, FittedAttack
from bauta.attack.faces import AttackLabels, FaceRows, FaceVectors
from bauta.attack.identification import BLOCK_SCORES, columns_of, rank_credit
from bauta.attack.protocols import ONE, PROTOCOLS

FUSED = "fused"
FUSED_PARTS = (2, 3, 5)
"""Numbers of attacks whose scores are averaged."""
MIXED = "mixed"
"""The protocol, or the recognizer, of a fused attack whose parts have different ones."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Attack:
    """One attack, without its pooling.

    Attributes:
        view: Name of the view, with `+clear_map` behind it where its features are mapped to clear ones.
        matcher: Name of the matcher in `ATTACKS`, or `fused`.
        protocol: Name of the protocol, or `mixed`.
        recognizer: Name of the recognizer, or `mixed`; None for a view without one.
    """

    view: str
    matcher: str
    protocol: str
    recognizer: str | None = None

    @property
    def fixed(self) -> bool:
        """Whether the attacker adapts to nothing: the recognizer as it is, on the picture as it is."""
        return self.view == "as_is" and self.matcher == "nearest_template"

    def __str__(self) -> str:
        return "/".join(part for part in (self.view, self.matcher, self.protocol, self.recognizer) if part)


@dataclass(frozen=True)
class ViewedFaces:
    """N faces through one view.

    Attributes:
        name: Name of the view.
        clear: Features of the originals.
        anonymized: Features of the released pictures.
        recognizer: Name of the recognizer; None for a view without one.
    """

    name: str
    clear: FaceVectors
    anonymized: FaceVectors
    recognizer: str | None = None

    def without(self, left_out: NDArray[np.bool_]) -> "ViewedFaces":
        """The same faces, some of which cannot be used; nothing is copied."""
        clear, anonymized = (
            FaceRows(side.vectors, side.ok & ~left_out) for side in (self.clear, self.anonymized)
        )
        return replace(self, clear=clear, anonymized=anonymized)


@dataclass(frozen=True)
class Reached:
    """What an attack reaches.

    Attributes:
        one: float64 (P,), top-1 credit of each probe in the order of the labels; NaN where it cannot be
            scored.
        pooled: float64 (Q,), top-1 credit of each probed person, in the order of `people`, from the sum of
            the normalised scores of all probes; NaN where one of them cannot be scored.
        rank: Mean reciprocal rank of the probes that can be scored.
        margin: Mean distance of the true person's normalised score to the best other one's; with the rank, it
            decides between equal attacks.
    """

    one: Array
    pooled: Array
    rank: float
    margin: float


@dataclass(frozen=True)
class Arena:
    """The enrolled and the probe faces of some people, through several views.

    Attributes:
        labels: Subjects and roles of the N faces.
        views: The views of the same faces.
        protocols: Names of the protocols.
        matchers: Names of the matchers in `ATTACKS`.
        seed: Seed of everything random.
    """

    labels: AttackLabels
    views: tuple[ViewedFaces, ...]
    protocols: tuple[str, ...]
    matchers: tuple[str, ...]
    seed: int

    @cached_property
    def people(self) -> NDArray[np.str_]:
        """The probed people, sorted."""
        return np.unique(self.labels.subjects[self.labels.probe])

    @property
    def attacks(self) -> tuple[Attack, ...]:
        """Every attack on one view."""
        return tuple(
            Attack(view.name, matcher, protocol, view.recognizer)
            for view in self.views
            for matcher in self.matchers
            for protocol in self.protocols
        )

    def credits(
        self, fusions: Mapping[Attack, Sequence[Attack]], alone: Sequence[Attack] | None = None
    ) -> dict[Attack, Reached]:
        """Attack the probes in every way.

        Args:
            fusions: A fused attack → the attacks whose normalised scores it averages.
            alone: Some of `attacks`, the parts of the fused ones among them; by default all.
        """
        alone = self.attacks if alone is None else alone
        # Few at a time are fitted: of many people, each takes as much memory as an embedding.
        together: dict[str, dict[Attack, Sequence[Attack]]] = {}
        for fused, parts in fusions.items():
            together.setdefault(fused.protocol, {})[fused] = parts
        found: dict[Attack, Reached] = {}
        for attack in alone:
            found |= self._reached({attack: (attack,)})
        for group in together.values():
            found |= self._reached(group)
        return {attack: found[attack] for attack in (*alone, *fusions)}

    def _reached(self, attacks: Mapping[Attack, Sequence[Attack]]) -> dict[Attack, Reached]:
        """Fit the parts of a few attacks, and attack the probes by the mean of their normalised scores."""
        probes = np.flatnonzero(self.labels.probe)
        order = probes[np.argsort(self.labels.subjects[probes], kind="stable")]
        fitted = {part: self._fit(part) for parts in attacks.values() for part in parts}
        gallery = np.unique(self.labels.subjects[self.labels.enrol])
        one = {attack: np.full(len(self.labels), np.nan) for attack in attacks}
        pooled = {attack: np.full(len(self.people), np.nan) for attack in attacks}
        details: dict[Attack, list[Array]] = {attack: [] for attack in attacks}
        for rows, starts, persons in self._blocks(order, len(gallery) * len(fitted)):
            column = columns_of(self.labels.subjects[rows], gallery)
            normal = {part: fit.normalised(rows, gallery) for part, fit in fitted.items()}
            for attack, parts in attacks.items():
                scores = _mean([normal[part] for part in parts])
                known = np.isfinite(_of_column(scores, column))
                if known.any():
                    of_probes = np.where(np.isfinite(scores[known]), scores[known], -np.inf)
                    one[attack][rows[known]] = rank_credit(of_probes, column[known], (1,))[:, 0]
                    details[attack].append(_details(of_probes, column[known]))
                sums = np.add.reduceat(scores, starts, axis=0)
                of_person = columns_of(self.people[persons], gallery)
                whole = np.logical_and.reduceat(known, starts)
                if whole.any():
                    total = np.where(np.isfinite(sums[whole]), sums[whole], -np.inf)
                    pooled[attack][persons[whole]] = rank_credit(total, of_person[whole], (1,))[:, 0]
        return {
            attack: Reached(
                one[attack][probes],
                pooled[attack],
                *(np.concatenate(details[attack]).mean(axis=0).tolist() if details[attack] else (0.0, 0.0)),
            )
            for attack in attacks
        }

    def _blocks(
        self, order: NDArray[np.intp], scores: int
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]]:
        """Rows of the probes of whole persons, where each person starts in them, and which persons.

        Args:
            order: Rows of all probes, sorted by person.
            scores: Number of scores of a probe.
        """
        subjects = self.labels.subjects[order]
        starts = np.flatnonzero(np.concatenate([[True], subjects[1:] != subjects[:-1]]))
        stops = np.append(starts[1:], len(order))
        most, first = max(1, BLOCK_SCORES // max(1, scores)), 0
        while first < len(starts):
            last = max(first + 1, int(np.searchsorted(stops, starts[first] + most, side="right")))
            begin = starts[first]
            yield order[begin : stops[last - 1]], starts[first:last] - begin, np.arange(first, last)
            first = last

    def _fit(self, attack: Attack) -> "_Fitted":
        which = attack.view, attack.recognizer
        view = next(view for view in self.views if (view.name, view.recognizer) == which)
        gallery_side, probe_side = PROTOCOLS[attack.protocol].sides(view.clear, view.anonymized)
        rows = np.flatnonzero(self.labels.enrol & gallery_side.ok)
        known, subject = np.unique(self.labels.subjects[rows], return_inverse=True)
        if len(rows) == 0:
            return _Fitted(None, known, probe_side)
        enrolled = EnrolledFaces(_faces(gallery_side), rows, subject, len(known))
        return _Fitted(ATTACKS.load(attack.matcher)(enrolled, seed=self.seed), known, probe_side)


@dataclass(frozen=True)
class _Fitted:
    """A fitted attack on one view, the subjects that it knows, and the probes' side."""

    attack: FittedAttack | None
    known: NDArray[np.str_]
    probes: FaceVectors

    def normalised(self, rows: NDArray[np.intp], gallery: NDArray[np.str_]) -> Array:
        """Scores float64 (P, S) of probes with mean 0 and deviation 1 over the gallery.

        NaN for probes that are not ok and for subjects of the gallery without a usable face.
        """
        found = np.full((len(rows), len(gallery)), np.nan)
        ok = np.flatnonzero(self.probes.ok[rows])
        if self.attack is None or len(ok) == 0:
            return found
        scores = self.attack.scores(_faces(self.probes), rows[ok])
        centred = scores - scores.mean(axis=1, keepdims=True)
        spread = centred.std(axis=1, keepdims=True)
        # Scores that differ by rounding alone are equal.
        level = np.abs(scores).max(axis=1, keepdims=True) * 1e-9 + 1e-12
        normal = np.where(spread > level, centred / np.maximum(spread, level), 0.0)
        found[np.ix_(ok, np.searchsorted(gallery, self.known))] = normal
        return found


def _of_column(scores: Array, column: NDArray[np.int64]) -> Array:
    """The score (P,) of the person in a column (P,); NaN for the column −1, somebody not enrolled."""
    found = np.take_along_axis(scores, np.maximum(column, 0)[:, None], axis=1)[:, 0]
    return np.where(column >= 0, found, np.nan)


def _faces(embeddings: FaceVectors) -> AttackedFaces:
    return AttackedFaces(embeddings, embeddings.vectors)


def _mean(parts: Sequence[Array]) -> Array:
    """Mean of the scores that are known; NaN where none is."""
    if len(parts) == 1:
        return parts[0]
    known, total = np.isfinite(parts[0]).astype(np.int64), np.nan_to_num(parts[0])
    for part in parts[1:]:
        known += np.isfinite(part)
        total += np.nan_to_num(part)
    return np.where(known > 0, total / np.maximum(known, 1), np.nan)


def _details(scores: Array, column: NDArray[np.int64]) -> Array:
    """Reciprocal rank and margin of each probe, (P, 2); scores (P, S), column of the true person (P,)."""
    true = np.take_along_axis(scores, column[:, None], axis=1)
    better, tied = (scores > true).sum(axis=1), (scores == true).sum(axis=1)
    others = scores.copy()
    np.put_along_axis(others, column[:, None], -np.inf, axis=1)
    best = others.max(axis=1)
    margin = np.where(np.isfinite(best), true[:, 0] - best, 0.0)
    return np.stack([1 / (better + (tied + 1) / 2), margin], axis=1)


def fusions(found: Mapping[Attack, Reached], protocols: Sequence[str]) -> dict[Attack, tuple[Attack, ...]]:
    """The fused attacks: the strongest few of each protocol, and of all that look at released probes.

    Protocols are not mixed with one whose probes are clear: whoever has the clear picture of a probe need not
    attack the released one.

    Args:
        found: What each attack on one view reaches on the people on whom attacks are chosen.
        protocols: Names of the protocols.
    """
    ranked = sorted(found, key=lambda attack: strength(found[attack], ONE), reverse=True)
    fused: dict[Attack, tuple[Attack, ...]] = {}
    for protocol in (*protocols, MIXED):
        mixable = [attack for attack in ranked if PROTOCOLS[attack.protocol].probe_anonymized]
        parts = mixable if protocol == MIXED else [one for one in ranked if one.protocol == protocol]
        for count in FUSED_PARTS:
            if count <= len(parts):
                strongest_few = tuple(parts[:count])
                recognizer = _common_recognizer(strongest_few)
                fused[Attack(f"strongest {count}", FUSED, protocol, recognizer)] = strongest_few
    return fused


def _common_recognizer(parts: Sequence[Attack]) -> str | None:
    names = {part.recognizer for part in parts if part.recognizer is not None}
    return MIXED if len(names) > 1 else next(iter(names), None)


def strength(reached: Reached, pooling: str) -> tuple[float, float, float]:
    """How strong an attack is on the people on whom it is chosen; a probe without a score is a leak."""
    credit = reached.one if pooling == ONE else reached.pooled
    top1 = float(np.nan_to_num(credit, nan=1.0).mean().round(9))
    return top1, round(reached.rank, 9), round(reached.margin, 9)


def strongest(found: Mapping[Attack, Reached], pooling: str) -> Attack:
    """The strongest attack, the first one of equals."""
    return max(found, key=lambda attack: strength(found[attack], pooling))
