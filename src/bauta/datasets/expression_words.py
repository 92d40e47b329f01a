"""The names that datasets in the field give to expressions, in one table, and their lookup."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

from bauta.errors import DataError
from bauta.labels import EXPRESSIONS, WITHOUT_COUNTERPART, LabelSpace
from bauta.registry import nearest

USABLE = 0.9
"""Share of the labels that must be usable: with fewer, the file was probably misunderstood."""

SHOWN = 10
"""At most this many words are listed in a message."""

LETTERS = 40
"""At most this many letters of a word are shown in a message."""


def normal(word: str) -> str:
    """Normalise a word: its case, spaces, punctuation between words and Unicode form carry no meaning.

    A code with a decimal point (`3.0`), as pandas writes it if a column has gaps, is the same code.
    """
    text = unicodedata.normalize("NFKC", word)
    text = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    text = text.casefold().replace("_", " ").strip(" '\"")
    text = re.sub(r"(?<=\w)[\s-]+(?=\w)", " ", text)
    code = re.fullmatch(r"0*([0-9]+)(\.0*)?", text)
    return code[1] if code else text


_NAMES: Mapping[str, tuple[str, ...]] = {
    "angry": ("angry", "anger", "AN", "ANG"),
    "disgust": ("disgust", "disgusted", "DI", "DIS"),
    "fear": ("fear", "fearful", "afraid", "scared", "AF", "FE", "FEA"),
    "happy": ("happy", "happiness", "joy", "joyful", "HA", "HAP"),
    "sad": ("sad", "sadness", "SA"),
    "surprise": ("surprise", "surprised", "SU", "SUR"),
    "neutral": ("neutral", "neutrality", "NE", "NEU"),
}
"""FER-2013, FER+, RAF-DB, AffectNet, CK+, FACES, Oulu-CASIA, ExpW, SFEW and AFEW, MMI, MUG and RaFD use the
words, KDEF (`AF`) and JAFFE (`FE`) the codes of two letters, CREMA-D those of three."""

_REASONS: Mapping[str, str] = {normal(word): reason for word, reason in WITHOUT_COUNTERPART.items()} | {
    "contemptuous": WITHOUT_COUNTERPART["contempt"],
    "non face": WITHOUT_COUNTERPART["no-face"],
    "calm": "calm is none of the seven expressions",
}
"""The reason why a word is none of the seven expressions; RaFD has contemptuous, RAVDESS and NimStim calm."""

WORDS: Mapping[str, str | None] = MappingProxyType(
    {normal(word): expression for expression, words in _NAMES.items() for word in words}
    | dict.fromkeys(_REASONS)
)
"""Normalised word → expression for every word in the table; None if it is none of the seven."""


@dataclass(frozen=True)
class Meaning:
    """The meaning of a word.

    Attributes:
        expression: One of `EXPRESSIONS`; None if it is none of them.
        reason: The reason why it is none of them.
    """

    expression: str | None
    reason: str | None = None


@dataclass
class Vocabulary:
    """The vocabulary of one dataset: the user's words, the dataset's own codes, and the table.

    Attributes:
        classes: The user's words: word → expression, or None if the image shall have no label.
        codes: The dataset's own codes: code → class name in the table.
    """

    classes: Mapping[str, str | None] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    _unknown: Counter[str] = field(default_factory=Counter, init=False, repr=False)

    def __post_init__(self) -> None:
        self.classes = {normal(word): expression for word, expression in self.classes.items()}

    @classmethod
    def of_space(
        cls, space: LabelSpace, *, first: int = 0, classes: Mapping[str, str | None] | None = None
    ) -> "Vocabulary":
        """Build a vocabulary from a label space, with codes counted from `first`."""
        codes = {str(code): name for code, name in enumerate(space.classes, first)}
        return cls(classes or {}, codes)

    def meaning(self, word: str) -> Meaning | None:
        """The meaning of a word; None if it is unknown, which is counted for `check`."""
        text = normal(word)
        if text in self.classes:
            expression = self.classes[text]
            return Meaning(expression, None if expression else f"'classes' gives '{text}' no expression")
        text = normal(self.codes.get(text, text))
        if text not in WORDS:
            self._unknown[word.strip()] += 1
            return None
        return Meaning(WORDS[text], _REASONS.get(text))

    def knows(self, word: str) -> bool:
        """Whether a word is known; unknown words are not counted."""
        text = normal(word)
        return text in self.classes or text in self.codes or text in WORDS

    def check(self, where: str) -> None:
        """Refuse a dataset with unknown words.

        Args:
            where: The file or folder that holds the labels.

        Raises:
            DataError: `meaning` was asked for an unknown word.
        """
        if self._unknown:
            first = _printable(next(iter(self._unknown)))
            near = next(iter(get_close_matches(normal(first), EXPRESSIONS, n=1)), "…")
            raise DataError(
                f"{where}: unknown expressions: {counted(self._unknown)}; {self.accepted()}; or define "
                f"them, such as classes: {{{first}: {near}}}"
            )

    def accepted(self) -> str:
        """The accepted words and codes, as a clause of a message."""
        own = [*self.classes, *self.codes]
        codes = f"{', '.join(own)}, " if own else ""
        return f"accepted are {codes}{', '.join(dict.fromkeys(map(normal, WORDS)))}"


def require_usable(
    where: str, expressions: Collection[str | None], rows: int, found: Counter[str], example: str
) -> None:
    """Refuse labels if more than a tenth cannot be used, or none is one of the seven expressions.

    Args:
        where: The file or folder that holds the labels.
        expressions: The expressions of the usable rows.
        rows: The number of rows.
        found: The words with the number of their occurrences.
        example: The first unusable row, with its reason.

    Raises:
        DataError: too few labels can be used.
    """
    usable = len(expressions)
    words = f"; its expressions: {counted(found)}" if found else ""
    if rows == 0 or usable < USABLE * rows:
        problem = f"; {example}" if example else ""
        raise DataError(
            f"{where}: {usable} of {rows} labelled rows can be used, expected at least {USABLE:.0%}{problem}"
            f"{words}; {Vocabulary().accepted()}"
        )
    if not any(expressions):
        raise DataError(
            f"{where}: none of {rows} labels is one of the expressions {', '.join(EXPRESSIONS)}{words}"
        )


def counted(words: Mapping[str, int]) -> str:
    """List words with their counts, the most frequent first, on one line whatever they contain."""
    most = Counter(words).most_common()
    shown = [f"{count} × '{_printable(word)}'" for word, count in most[:SHOWN]]
    more = [f"{len(most) - SHOWN} others"] if len(most) > SHOWN else []
    return ", ".join(shown + more)


def _printable(word: str) -> str:
    text = " ".join(word.encode("utf-8", "backslashreplace").decode().split())
    return text if len(text) <= LETTERS else f"{text[:LETTERS]}…"


def stated(word: str) -> str:
    """The expression named by a user.

    Raises:
        ValueError: the word is none of the seven expressions.
    """
    expression = WORDS.get(normal(word))
    if expression is None:
        raise ValueError(f"unknown expression '{word}': {nearest(word, list(EXPRESSIONS))}")
    return expression
