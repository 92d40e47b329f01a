"""The code blocks of the pages, and how a reader would follow them."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)(?: title=\"(?P<title>[^\"]+)\")?\s*$")
COMMENT = re.compile(r"^ *<!-- (?P<text>.*) -->$")
NOT_RUN = "not run: "
MAY_EXIT = re.compile(r"exit 0 or (?P<code>\d+)")


@dataclass(frozen=True)
class Block:
    """A block of code in a page.

    Attributes:
        page: The page, relative to the repository.
        line: Number of its first line.
        language: Such as `sh`.
        title: Path of the file that it shows, or None.
        comment: Text of the HTML comment above it, or an empty one.
        text: The code.
    """

    page: str
    line: int
    language: str
    title: str | None
    comment: str
    text: str

    def __str__(self):
        return f"{self.page}:{self.line}"

    @property
    def commands(self):
        """The commands of a shell block, without the texts of here-documents and what `$(…)` holds."""
        text = re.sub(r"<<'(\w+)'\n.*?\n\1\n?", "\n", f"{self.text}\n", flags=re.DOTALL).replace("\\\n", " ")
        text = re.sub(r"\$\([^()]*(?:\([^()]*\))?[^()]*\)", "", text)
        lines = (shlex.split(line.replace("…", ""), comments=True) for line in text.splitlines())
        return [part for words in lines for part in _parts(words) if part]


def blocks_of(path):
    """The blocks of a page, in order."""
    found, opened, above = [], None, ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        fence = FENCE.match(line)
        if opened is None and fence:
            opened = (number, fence, above, [])
        elif opened is not None and line.strip() == "```":
            start, fence, comment, lines = opened
            indent = len(fence["indent"])
            text = "\n".join(line[indent:] for line in lines)
            page = path.relative_to(ROOT).as_posix()
            found.append(Block(page, start, fence["language"], fence["title"], comment, text))
            opened, above = None, ""
        elif opened is not None:
            opened[3].append(line)
        elif comment := COMMENT.match(line):
            above = comment["text"]
        elif line.strip():
            above = ""
    return found


def script_of(blocks):
    """A shell script that does what a page says: writes its files and runs its commands."""
    parts = ["set -euo pipefail"]
    for block in blocks:
        if block.comment.startswith(NOT_RUN):
            continue
        if block.title:
            folder = Path(block.title).parent
            parts.append(f"mkdir -p {folder}\ncat > {block.title} <<'END_OF_FILE'\n{block.text}\nEND_OF_FILE")
        elif block.language == "sh":
            allowed = MAY_EXIT.fullmatch(block.comment)
            text = f"( set -e\n{block.text}\n) || [ $? = {allowed['code']} ]" if allowed else block.text
            parts.append(f"echo '--- {block}'\n{text}")
    return "\n".join(parts) + "\n"


def _parts(words):
    """The simple commands of a line, which `&&`, `;` and the like join."""
    part = []
    for word in words:
        if word in ("&&", "||", "|", "do", "while", "done;"):
            yield part
            part = []
        elif word.endswith(";"):
            yield [*part, word[:-1]]
            part = []
        else:
            part.append(word)
    yield part
