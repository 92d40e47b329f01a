"""A lab: git repositories of the workflow that share a DVC remote, away from the user's own configuration."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from projects import ROOT, Project, make_project

from bauta.config.canonical import canonical
from bauta.config.load import load_config
from bauta.plan import DatasetPlan, Plan

DVC_FILES = ("dvc.yaml", ".dvcignore", ".gitignore", ".dvc/config", ".dvc/.gitignore")
LAB = {
    "run": "lab",
    "datasets": {"faces": {"adapter": "folder", "root": "data/faces", "push_crops": True}},
    "anonymizers": {"identity": {}, "blackout": {}},
}
CACHED_STAGES = {"index", "split", "detect", "align", "crop", "landmarks", "parse"}


@dataclass(frozen=True)
class Clone(Project):
    """A project that is a git repository with DVC, away from the user's home."""

    def environment(self):
        home = self.folder.with_name(f"{self.folder.name}-home")
        home.mkdir(exist_ok=True)
        return super().environment() | {
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "DVC_SITE_CACHE_DIR": str(home / "dvc-site"),
            "DVC_GLOBAL_CONFIG_DIR": str(home / "dvc-global"),
            "DVC_SYSTEM_CONFIG_DIR": str(home / "dvc-system"),
            "DVC_NO_ANALYTICS": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Lab",
            "GIT_AUTHOR_EMAIL": "lab@example.org",
            "GIT_COMMITTER_NAME": "Lab",
            "GIT_COMMITTER_EMAIL": "lab@example.org",
            # For a server that a test starts.
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            # dvc.yaml calls `snakemake`.
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }

    def run(self, *command, check=True):
        """Run a command in the repository; returns the finished process with its output as text."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if check and done.returncode != 0:
            pytest.fail(f"{' '.join(command)}:\n{done.stdout[-6000:]}")
        return done

    def git(self, *arguments):
        return self.run("git", *arguments)

    def dvc(self, *arguments, check=True):
        return self.run(sys.executable, "-m", "dvc", *arguments, check=check)

    def commit(self, message="state"):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)

    def clone(self, folder, *, remote, link="copy"):
        """A colleague's clone with the lab's remote, if any, before anything is pulled."""
        self.git("clone", "--quiet", str(self.folder), str(folder))
        made = Clone(folder)
        made.dvc("config", "--local", "cache.type", link)
        if remote is not None:
            made.name_remote(remote)
        return made

    def name_remote(self, url, **options):
        self.dvc("remote", "add", "--local", "--default", "lab", str(url))
        for key, value in options.items():
            self.dvc("remote", "modify", "--local", "lab", key, value)

    def plan(self, name) -> DatasetPlan:
        """The plan of a dataset by `config.yaml`; only its paths are of use, the folder is not ours."""
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            item = Plan(canonical(load_config("config.yaml"))).datasets[name]
            item.faces.parsing_keys, item.source.split_key  # noqa: B018 - reads the fingerprint while we are here
            return item
        finally:
            os.chdir(before)

    def planned_stages(self, *arguments):
        """The cached stages that a dry run plans."""
        return CACHED_STAGES & set(self.planned(*arguments))


def make_lab(folder, config):
    """A repository with the workflow and a configuration."""
    made = Clone(make_project(folder).folder)
    made.configure(config)
    add_dvc(made)
    return made


def add_dvc(clone):
    """Make a folder a git repository with this one's DVC files; `dvc_keys.yaml` is for Snakemake to write."""
    for name in DVC_FILES:
        (clone.folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, clone.folder / name)
    clone.git("init", "--quiet")


def make_cached_lab(folder, config=LAB):
    """A repository whose cached stages are made up, known to DVC and committed."""
    made = make_lab(folder, config)
    make_up_raw_data(made.folder / "data/faces")
    make_up_cache(made, "faces")
    made.snakemake("dvc_keys")
    made.commit()
    return made


def make_up_raw_data(folder):
    """Files that stand for photographs; nothing reads them but the fingerprint."""
    for name in ("alice/1.jpg", "alice/2.jpg", "bob/1.jpg", "bob/2.jpg"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def make_up_cache(clone, name):
    """Files that stand for a dataset's cached artifacts, at the paths where the workflow looks for them."""
    item = clone.plan(name)
    source, faces = item.source, item.faces
    files = [source.manifest, source.index / "key.json", source.split]
    if source.attributed:
        files += [source.attributes, source.attributes.with_suffix(".key.json")]
    files += [faces.folder / "key.json", faces.detections, faces.alignment]
    stores = [faces.crops, *map(faces.landmarks, item.config.landmarks)]
    stores += map(faces.parsing, item.config.parsing)
    files += [path.with_suffix(".key.json") for path in stores[1:]]
    files += [store / part for store in stores for part in ("store.json", "images/c/0")]
    for path in files:
        (clone.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (clone.folder / path).write_text(f"made up: {path}")


def age_against_the_flow(folder):
    """Give every file a time that is older the later its stage comes: the worst that `dvc pull` may do."""
    order = ["manifest", "split", "detections", "alignment", "crops", "landmarks", "parsing"]
    for path in sorted(folder.glob("cache/**/*"), reverse=True):
        position = next((rank for rank, word in enumerate(order) if word in str(path.relative_to(folder))), 0)
        os.utime(path, (2_000_000_000 - position * 1000,) * 2, follow_symlinks=False)
