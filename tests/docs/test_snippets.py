"""Every snippet of the pages is one that bauta, Snakemake, Python or the configuration would accept."""

import json
import re
import tomllib
from itertools import dropwhile, pairwise

import pytest
import typer
import yaml
from code_blocks import DOCS, NOT_RUN, ROOT, blocks_of
from snakemake.cli import get_argument_parser

from bauta.cli.main import app
from bauta.config.load import parse_config
from bauta.config.models import Config

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
BLOCKS = [block for page in PAGES for block in blocks_of(page)]

MAKE = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
RULES = {
    name
    for path in [ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk")]
    for name in re.findall(r"^ *rule (\w+):", path.read_text(), flags=re.MULTILINE)
}

OTHERS = {
    *(
        "[",
        "apptainer",
        "bash",
        "cat",
        "cd",
        "chmod",
        "conda",
        "curl",
        "dvc",
        "for",
        "git",
        "grep",
        "install",
        "ln",
        "ls",
        "mkdir",
    ),
    *(
        "mv",
        "pip",
        "pre-commit",
        "ps",
        "pytest",
        "python",
        "python3",
        "rm",
        "sacct",
        "scancel",
        "scontrol",
        "sed",
        "set",
        "sinfo",
    ),
    *("done", "sleep", "source", "squeue", "tar", "tmux", "unzip", "wget", "uv"),
}
"""Programs that are not bauta's."""

EXAMPLES = ("mine.yaml", "own.yaml", "first.yaml")
"""Configurations that a page lets its reader write."""

FIXED = {"identity": {}, "blackout": {}}


def of(language):
    return [pytest.param(block, id=str(block)) for block in BLOCKS if block.language == language]


def command_of(words):
    """The command of bauta that words call, and the words that are left."""
    command, rest = typer.main.get_command(app), list(words)
    while hasattr(command, "commands") and rest and rest[0] in command.commands:
        command = command.commands[rest.pop(0)]
    return command, rest


def options_in(words):
    return [word.partition("=")[0] for word in words if re.match(r"--?[a-zA-Z]", word)]


def check_bauta(words):
    command, rest = command_of(words)
    if command.name == "run" or words[:2] == ["slurm", "resume"]:
        check_snakemake(rest)
        return
    known = {name for part in command.params for name in (*part.opts, *part.secondary_opts)}
    known |= {"--help", "--install-completion", "--version"}
    unknown = [option for option in options_in(rest) if option not in known]
    assert not unknown, f"bauta {command.name} has no option {unknown}"
    assert not hasattr(command, "commands") or not rest or rest[0].startswith("-"), f"no command {rest[:1]}"


def check_snakemake(words):
    actions = get_argument_parser()._option_string_actions
    unknown = [option for option in options_in(words) if option not in actions and option != "-v"]
    assert not unknown, f"Snakemake has no option {unknown}"
    for option, value in pairwise(words):
        if option == "--configfile" and not value.endswith(EXAMPLES):
            assert (ROOT / value).is_file(), f"{value} does not exist"


def check_make(words):
    targets = [word for word in words if "=" not in word]
    assert set(targets) <= MAKE, f"make has no target {set(targets) - MAKE}"


def check_python(words):
    if words and words[0].startswith(("benchmarks/", "docs_tools/")):
        assert (ROOT / words[0]).is_file(), f"{words[0]} does not exist"


CHECKS = {
    "bauta": check_bauta,
    "snakemake": check_snakemake,
    "make": check_make,
    "python": check_python,
}


@pytest.mark.parametrize("block", of("sh"))
def test_every_command_exists(block):
    for words in block.commands:
        called = list(dropwhile(lambda word: re.match(r"^\w+=", word), words))
        if not called:
            continue
        program = called[0].removeprefix(".venv/bin/")
        assert program in CHECKS or program in OTHERS or (ROOT / program).is_file(), f"what is {program}?"
        CHECKS.get(program, lambda _: None)(called[1:])


@pytest.mark.parametrize("block", of("yaml"))
def test_every_piece_of_a_configuration_is_accepted(block):
    piece = yaml.safe_load(block.text)
    if not isinstance(piece, dict) or not set(piece) <= set(Config.model_fields):
        pytest.skip("not a piece of a configuration")
    if "anonymizers" in piece:
        piece["anonymizers"] = {**FIXED, **piece["anonymizers"]}
    for name in piece.get("frontier", {}).get("compare", ()):
        piece.setdefault("anonymizers", dict(FIXED)).setdefault(name, {})
    for pair in piece.get("frontier", {}).get("pairs", {}).values():
        named = {name: {"adapter": name, "root": f"data/{name}"} for name in pair.values()}
        piece.setdefault("datasets", named)
    assert isinstance(parse_config({"run": "page", "landmarks": ["dlib68", "mediapipe478"], **piece}), Config)


@pytest.mark.parametrize("block", of("python"))
def test_every_piece_of_python_compiles(block):
    compile(block.text, str(block), "exec")


@pytest.mark.parametrize("block", [*of("json"), *of("toml")])
def test_every_json_and_toml_is_well_formed(block):
    {"json": json.loads, "toml": tomllib.loads}[block.language](block.text)


def test_what_is_not_run_says_why():
    reasons = [block.comment.removeprefix(NOT_RUN) for block in BLOCKS if block.comment.startswith(NOT_RUN)]
    assert all(len(reason) > 10 for reason in reasons)
