"""Bounds of identification that hold for every attacker: the best table from outputs to people.

Whoever knows of a probe its output alone answers alike where outputs are equal, bit by bit, whatever he has
learnt and from whom. His answers are a table from outputs to people, drawn from several if he guesses between
equals, and no table names more than the one that knows who is probed. This is the posterior vulnerability of
the people of the set given its outputs (Smith, "On the foundations of quantitative information flow", FoSSaCS
2009): K different outputs raise the best constant answer to at most K times its value, K/N for N people with
as many probes each.

What a bound does not cover: an attacker who knows more of a probe than its output, such as its place in the
release, its file name, what surrounds the crop in a photograph, or another release of it; and one whose probe
is clear and who looks for it among released pictures (the protocol `reverse`), as his guess depends on the
clear picture. It is a number of these people and pictures and of no others, so it has no interval.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from bauta.datasets.face_table import FaceTable
from bauta.measurement import Value

Outputs = Sequence[bytes | None]
"""A digest of the released picture of each face; None where it failed."""


def bound_of_one(outputs: Outputs, faces: FaceTable) -> Value:
    """Return the largest top-1 from one probe.

    With c(o, p) the number of probes of person p that have the output o, and F the number of those that count
    as named whatever the attack, that is (Σ_o max_p c(o, p) + F) / N for N probes. F counts the probes
    without an output, and all probes of a person who has no enrolled face with an output.

    Args:
        outputs: Of the faces.
        faces: Their subjects and roles.

    Returns:
        The bound with n = N and without an interval; missing without a probe.
    """
    people = _probes(outputs, faces)
    number = sum(len(shown) for shown in people.values())
    if number == 0:
        return Value.missing("there are no probes", 0)
    most: Counter[bytes] = Counter()
    failed = 0
    for shown in people.values():
        for output, count in Counter(shown).items():
            if output is None:
                failed += count
            else:
                most[output] = max(most[output], count)
    return Value(value=(most.total() + failed) / number, n=number)


def bound_of_all(outputs: Outputs, faces: FaceTable) -> Value:
    """Return the largest top-1 from all probes of a person together, which an attack sees in no order.

    The collection of a person is the multiset of the outputs of his probes, so how many there are is known,
    too. With M the number of different collections, and F the number of the people who count as named
    whatever the attack, that is (M + F) / P for P people with probes, as a table names one person for each
    collection. F counts the people of whom a probe has no output, who count as named by all their probes, and
    those who have no enrolled face with an output; their collections are not in M.

    There are up to (K + m − 1 choose m) ≤ K^m collections of m of K outputs, soon more than there are people.
    The bound is 1 then, and says nothing: see `is_empty`.

    Args:
        outputs: Of the faces.
        faces: Their subjects and roles.

    Returns:
        The bound with n = P and without an interval; missing without a probe.
    """
    people = _probes(outputs, faces)
    if not people:
        return Value.missing("there are no probes", 0)
    whole = [shown for shown in people.values() if None not in shown]
    different = {frozenset(Counter(shown).items()) for shown in whole}
    return Value(value=(len(different) + len(people) - len(whole)) / len(people), n=len(people))


def is_empty(bound: Value) -> bool:
    """Whether a bound says nothing: it is 1, which no top-1 exceeds, or missing."""
    return bound.value is None or bound.value >= 1.0


def _probes(outputs: Outputs, faces: FaceTable) -> Mapping[str, list[bytes | None]]:
    """The outputs of the probes of each person; None for those that count as named whatever the attack."""
    listed = list(zip(outputs, faces.subjects, faces.roles, strict=True))
    enrolled = {subject for output, subject, role in listed if role == "enrol" and output is not None}
    people: dict[str, list[bytes | None]] = {}
    for output, subject, role in listed:
        if role == "probe" and subject is not None:
            people.setdefault(subject, []).append(output if subject in enrolled else None)
    return people
