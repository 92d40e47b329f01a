"""The views of an attacker: the features of each set, and of the people on whom he learns and chooses."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bauta.attack.views import VIEWS
from bauta.errors import ConfigError
from bauta.io import layout
from bauta.io.keyed_names import join_digest
from bauta.keys.key import Key
from bauta.plan.faces import FacesPlan
from bauta.plan.people import PeoplePlan
from bauta.plan.sets import AnonymizedSet


@dataclass(frozen=True)
class ReleaseView:
    """A view of releases of one JPEG quality.

    Attributes:
        name: Name of the view.
        jpeg: The quality; None for none.
        key: Cache key of its stores.
    """

    name: str
    jpeg: int | None
    key: Key

    @property
    def by_recognizer(self) -> bool:
        """Whether it looks with a recognizer."""
        return VIEWS[self.name].by_recognizer

    @property
    def label(self) -> str:
        """The view and the quality."""
        return self.name if self.jpeg is None else f"{self.name}_jpeg{self.jpeg}"

    @property
    def keyed(self) -> str:
        """The label with the digest of its key, as used in paths."""
        return join_digest(self.label, self.key.digest)


@dataclass(frozen=True)
class ViewsPlan:
    """The views of the sets of a dataset.

    Attributes:
        faces: The crops and their labels.
        people: The attacker's own people: those of the dataset itself, or of the one that lends its people.
    """

    faces: FacesPlan
    people: PeoplePlan

    @property
    def lender(self) -> str | None:
        """Name of the dataset that lends its people; None if the attacker's people are of this one."""
        return None if self.people.name == self.faces.source.name else self.people.name

    def own(self, item: AnonymizedSet) -> AnonymizedSet:
        """The set by whose anonymizer the attacker anonymizes his own people, to attack a set.

        Raises:
            ConfigError: the lender's people cannot be anonymized like the set.
        """
        return item if self.lender is None else self.people.lent(item, self.faces.source.name)

    @property
    def wanted(self) -> bool:
        """Whether the dataset is attacked through views."""
        source = self.faces.source
        return bool(source.config.attacks.views) and source.dataset.identities is None

    @cached_property
    def all(self) -> tuple[ReleaseView, ...]:
        """Every view of every release, in the order of the configuration."""
        attacks = self.faces.source.config.attacks
        return tuple(
            ReleaseView(name, jpeg, self._key(name, jpeg)) for jpeg in attacks.jpeg for name in attacks.views
        )

    def _key(self, name: str, jpeg: int | None) -> Key:
        source = self.faces.source
        config = {"view": name, "jpeg": jpeg, "seed": source.config.seed}
        parents: tuple[Key, ...] = (self.people.key, self.faces.hull_key)
        if self.lender is not None:
            # Its name is in the ids of the lent faces; see `bauta.datasets.people.lent`.
            config["lender"] = self.lender
            parents += (self.people.faces.hull_key,)
        return Key("view", config, parents, implementation=f"view/{name}")

    def of(self, keyed: str) -> ReleaseView:
        """Return the view of a path.

        Raises:
            ConfigError: the path belongs to another configuration.
        """
        found = next((view for view in self.all if view.keyed == keyed), None)
        if found is None:
            raise ConfigError(f"no view '{keyed}' in the configuration of {self.faces.source.name}")
        return found

    def on(self, item: AnonymizedSet) -> list[ReleaseView]:
        """The views that can look at a set."""
        return [view for view in self.all if _applies(view.name, item)]

    def seen(self, item: AnonymizedSet, recognizers: Sequence[str]) -> list[tuple[ReleaseView, str]]:
        """The views of a set, each with the recognizers with which it is looked at.

        Args:
            item: The set.
            recognizers: The recognizers of the dataset as used in paths. A view that uses none has the path
                of the first.
        """
        return [
            (view, recognizer)
            for view in self.on(item)
            for recognizer in (recognizers if view.by_recognizer else recognizers[:1])
        ]

    def view(self, view: ReleaseView, recognizer: str, item: AnonymizedSet) -> Path:
        """Return the path of a view of a set, by a recognizer as used in paths."""
        return self.faces.path(
            layout.VIEW,
            people=self.people.key.digest,
            view=view.keyed,
            recognizer=recognizer,
            backend=item.backend,
            setting=item.setting,
        )


def _applies(name: str, item: AnonymizedSet) -> bool:
    """Whether a view can look at a set: whether its backend has what the view needs."""
    needs = VIEWS[name].needs
    if "restorations" in needs and not item.restorable:
        return False
    return "landmarks" not in needs or ("landmarks" in item.sees and "images" not in item.sees)
