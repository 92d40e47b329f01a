"""The people of a dataset who are not scored: an attacker learns on some and chooses on others."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bauta.errors import ConfigError
from bauta.express import TRAINED
from bauta.io import layout
from bauta.keys.key import Key
from bauta.plan.faces import FacesPlan
from bauta.plan.recognizers import RecognizersPlan
from bauta.plan.sets import AnonymizedSet, SetsPlan


@dataclass(frozen=True)
class PeoplePlan:
    """The anonymized faces and the embeddings of an attacker's own people, for their dataset and borrowers.

    Attributes:
        faces: The crops of their dataset, and the labels.
        sets: Its anonymized sets.
        recognizers: Its recognizers.
    """

    faces: FacesPlan
    sets: SetsPlan
    recognizers: RecognizersPlan

    @property
    def name(self) -> str:
        """Name of their dataset."""
        return self.faces.source.name

    @property
    def exist(self) -> bool:
        """Whether the split has people who are not scored."""
        splits = self.faces.source.dataset.splits
        return bool(splits.official or splits.train or splits.dev)

    @cached_property
    def key(self) -> Key:
        """Cache key of who they are."""
        source = self.faces.source
        drawn = {"background": source.config.attacks.background, "seed": source.config.seed}
        return Key("split", drawn, (self.faces.crop_key, source.split_key))

    def anonymized(self, item: AnonymizedSet) -> Path:
        """Return the path of their faces, anonymized at the setting of a set of their dataset."""
        return self._path(layout.ANONYMIZED_PEOPLE, backend=item.backend, setting=item.setting)

    def originals(self, name: str) -> Path:
        """Return the path of the embeddings of their originals by a recognizer."""
        return self._path(layout.PEOPLE_EMBEDDINGS, recognizer=self.recognizers.keyed(name))

    def _path(self, path: str, **wildcards: str) -> Path:
        return self.faces.path(path, people=self.key.digest, **wildcards)

    def lent(self, item: AnonymizedSet, borrower: str) -> AnonymizedSet:
        """Return the set of their dataset by the very anonymizer of a set of another one.

        Args:
            item: The set that is attacked.
            borrower: Name of its dataset.

        Raises:
            ConfigError: their dataset cannot be anonymized by that anonymizer, which is trained on the
                attacked dataset or asks a teacher that is, or it lacks the setting.
        """
        cannot = f"attacks.people: '{self.name}' cannot lend people for {item.label} on '{borrower}'"
        advice = "leave the setting out, or attack it in a run without attacks.people"
        if item.generator is not None:
            raise ConfigError(
                f"{cannot}: expected one anonymizer for both, got a generator for each dataset; {advice}"
            )
        if own := TRAINED.intersection(item.teachers):
            raise ConfigError(
                f"{cannot}: expected one anonymizer for both, got the predictions of {min(own)}, which is "
                f"trained on each dataset; {advice}"
            )
        found = next((one for one in self.sets.attacked if _same(one, item)), None)
        if found is None:
            why = self.sets.left_out.get(item.backend, {}).get(item.name)
            raise ConfigError(
                f"{cannot}: expected the same setting on both, got another or none there"
                f"{'' if why is None else f' ({why})'}; {advice}"
            )
        return found


def _same(one: AnonymizedSet, other: AnonymizedSet) -> bool:
    """Whether two sets are of the same setting, with the same teacher if the backend is shown predictions."""
    return (one.backend, one.name, one.options) == (other.backend, other.name, other.options)
