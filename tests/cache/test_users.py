"""Two checkouts on one cache: neither removes what the other reaches, and nobody keeps anything for ever."""

import json
import os
import shutil
import socket
from pathlib import Path

import pytest
import yaml

from bauta.cache import users as cache_users
from bauta.cache.at_work import check_not_cleaned, cleaning
from bauta.cache.stale import add_others, reached_by, register_plan, stale_stores
from bauta.cache.status import clean_stale
from bauta.cache.users import CHECKOUT, USERS
from bauta.config.load import parse_config
from bauta.errors import ConfigError, StoreError
from bauta.plan.artifacts import artifacts
from bauta.workflow.rule_inputs import rule_inputs

FACES = {"adapter": "synthfaces", "subjects": 12}
CONFIG = {
    "datasets": {"faces": FACES},
    "anonymizers": {"identity": {}, "blackout": {}, "blur": {"kernel": 31}},
}
OTHER = {**CONFIG, "datasets": {"faces": {**FACES, "subjects": 13}}}


def plan_of(config):
    return rule_inputs(parse_config(config)).plan


class Lab:
    """A shared folder and checkouts whose caches are links to it."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.monkeypatch = folder, monkeypatch
        (folder / "shared").mkdir()

    def checkout(self, name, config, link="cache", target="shared"):
        folder = self.folder / name
        (folder / link).parent.mkdir(parents=True)
        (folder / link).symlink_to(self.folder / target)
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
        return folder

    def enter(self, name):
        self.monkeypatch.chdir(self.folder / name)

    def run(self, name, config):
        """What a run leaves in the cache."""
        self.enter(name)
        plan = plan_of(config)
        register_plan(plan, ["config.yaml"])
        make(plan)
        return plan

    def clean(self, name, config, *, confirmed=True, **options):
        self.enter(name)
        clean_stale(plan_of(config), lambda: confirmed, **options)


def make(plan):
    for artifact in artifacts(plan):
        if artifact.path.parts[0] == "cache":
            artifact.path.parent.mkdir(parents=True, exist_ok=True)
            artifact.path.touch()


def there(plan):
    """How much of what a plan reaches is in the cache."""
    cached = [artifact.path for artifact in artifacts(plan) if artifact.path.parts[0] == "cache"]
    return sum(path.exists() for path in cached) / len(cached)


@pytest.fixture
def lab(tmp_path, monkeypatch):
    made = Lab(tmp_path, monkeypatch)
    made.checkout("alice", CONFIG)
    made.checkout("bob", OTHER)
    return made


@pytest.fixture
def bobs(lab):
    """Bob's plan, all of which is made."""
    return lab.run("bob", OTHER)


def name_of_bob(lab):
    """As the cache knows him."""
    (folder,) = (
        folder for folder in (lab.folder / "shared" / USERS).iterdir() if "bob" in read(folder)["checkout"]
    )
    return folder.name


def read(folder):
    return json.loads(next(folder.glob("*.json")).read_text())


def test_what_another_checkout_reaches_stays(lab, bobs, capsys):
    alices = lab.run("alice", CONFIG)
    lab.clean("alice", CONFIG)
    assert there(bobs) == there(alices) == 1
    said = capsys.readouterr().out
    assert f"{lab.folder / 'bob'}, last run on " in said
    assert f"(--forget {name_of_bob(lab)})" in said


def test_all_configurations_of_a_checkout_count_from_its_first_run(lab):
    """Also those that were run before bauta said in the cache what they reach."""
    lab.enter("bob")
    Path("config").mkdir()
    Path("config/old.yaml").write_text(yaml.safe_dump({**OTHER, "seed": 3}))
    before = plan_of({**OTHER, "seed": 3})
    make(before)
    Path("config/broken.yaml").write_text("[")
    lab.run("bob", OTHER)
    lab.clean("alice", CONFIG)
    assert there(before) < 1, "one of them cannot be read"
    make(before)
    Path("config/broken.yaml").unlink(missing_ok=True)
    (lab.folder / "bob/config/broken.yaml").unlink()
    shutil.rmtree(lab.folder / "shared" / USERS)
    lab.run("bob", OTHER)
    lab.clean("alice", CONFIG)
    lab.enter("bob")
    assert there(before) == 1


def test_every_plan_of_a_checkout_counts_until_it_cleans_itself(lab, bobs):
    scratch = lab.run("bob", {**OTHER, "seed": 5})
    lab.clean("alice", CONFIG)
    assert there(scratch) == there(bobs) == 1
    lab.clean("bob", OTHER)
    assert there(bobs) == 1
    assert there(scratch) < 0.2
    make(scratch)
    lab.clean("alice", CONFIG)
    assert there(bobs) == 1
    assert there(scratch) < 0.2


def test_what_two_have_left_behind_goes_with_the_second_one(lab, bobs):
    lab.run("alice", OTHER)
    lab.clean("alice", CONFIG)
    assert there(bobs) == 1, "Bob needs it"
    (lab.folder / "bob/config.yaml").write_text(yaml.safe_dump(CONFIG))
    lab.clean("bob", CONFIG)
    assert there(bobs) == 0


def test_newer_code_of_a_colleague_keeps_what_it_makes(lab, bobs, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("bauta.keys.key.VERSIONS", {name: version + 1 for name, version in versions().items()})
        newer = lab.run("bob", OTHER)
        made = [artifact.path for artifact in artifacts(newer) if artifact.path.parts[0] == "cache"]
    lab.clean("alice", CONFIG)
    assert all(path.exists() for path in made)


def versions():
    from bauta.keys.key import VERSIONS  # noqa: PLC0415 - as it is before it is changed

    return VERSIONS


def test_a_checkout_that_is_gone_keeps_nothing(lab, bobs, capsys):
    (lab.folder / "bob").rename(lab.folder / "moved")
    lab.clean("alice", CONFIG)
    assert "not kept for" in capsys.readouterr().out
    assert there(bobs) == 0
    assert [read(folder)["checkout"] for folder in (lab.folder / "shared" / USERS).iterdir()] == [
        str(lab.folder / "alice")
    ]


def test_another_checkout_at_the_same_place_does_not_stand_for_it(lab, bobs):
    shutil.rmtree(lab.folder / "bob")
    lab.checkout("bob", OTHER)
    lab.enter("bob")
    cache_users._this_checkout()
    lab.clean("alice", CONFIG)
    assert there(bobs) == 0


@pytest.mark.parametrize("where", ["another machine", "not mounted", "closed", "without its number"])
def test_in_doubt_a_checkout_is_not_gone(lab, bobs, monkeypatch, where):
    if where == "another machine":
        (lab.folder / "bob").rename(lab.folder / "moved")
        monkeypatch.setattr(cache_users.socket, "gethostname", lambda: "elsewhere")
    elif where == "not mounted":
        (lab.folder / "bob").rename(lab.folder / "moved")
        monkeypatch.setattr(cache_users.os.path, "ismount", lambda path: path == lab.folder)
    elif where == "closed":
        stat = Path.stat

        def refuse(path, **options):
            if path == lab.folder / "bob":
                raise PermissionError(13, "Permission denied")
            return stat(path, **options)

        monkeypatch.setattr(Path, "stat", refuse)
    else:
        (lab.folder / "bob" / CHECKOUT).unlink()
    lab.clean("alice", CONFIG)
    assert there(bobs) == 1


def test_a_checkout_is_forgotten_by_its_name(lab, bobs):
    name = name_of_bob(lab)
    lab.clean("alice", CONFIG, confirmed=False, forgotten=name)
    assert there(bobs) == 1, "only shown"
    with pytest.raises(ConfigError, match=rf"forget: expected a checkout .*{name}.*got 'nobody'"):
        lab.clean("alice", CONFIG, forgotten="nobody")
    lab.clean("alice", CONFIG, forgotten=name)
    assert there(bobs) == 0


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 2}', ""])
def test_what_nobody_can_read_stops_everything(lab, bobs, text):
    file = next((lab.folder / "shared" / USERS).glob("*/*.json"))
    file.write_text(text)
    with pytest.raises(StoreError, match=rf"{file.name} cannot be read .* find its owner") as caught:
        lab.clean("alice", CONFIG)
    assert "\n" not in str(caught.value)


def test_a_single_dataset_may_be_the_link_under_another_name(lab, bobs):
    """Carol has linked Bob's dataset into a cache of her own; each of the two sees the other."""
    people = {**OTHER, "datasets": {"people": {**FACES, "subjects": 14}}}
    lab.checkout("carol", people, link="cache/people", target="shared/faces")
    carols = lab.run("carol", people)
    lab.clean("carol", people)
    lab.enter("bob")
    assert there(bobs) == 1
    lab.clean("bob", OTHER)
    lab.enter("carol")
    assert there(carols) == 1
    lab.enter("bob")
    assert {path.parts[1] for path in add_others(reached_by(bobs)).paths} >= {"faces"}


def test_a_cache_that_cannot_be_written_to_can_be_used(lab, bobs, monkeypatch, caplog):
    def refuse(path, text):
        raise cache_users.DiskError(f"{path} cannot be written")

    monkeypatch.setattr(cache_users, "write_text", refuse)
    lab.run("alice", CONFIG)
    assert "cannot see which of its stores you need" in caplog.text
    assert stale_stores(add_others(reached_by(plan_of(CONFIG)))) == []


def test_without_a_cache_nothing_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    register_plan(plan_of(CONFIG), [])
    check_not_cleaned()
    assert stale_stores(add_others(reached_by(plan_of(CONFIG)))) == []
    with cleaning():
        assert not Path("cache").exists()


def test_the_same_plan_is_said_once_and_its_day_is_kept(lab, bobs):
    (file,) = (lab.folder / "shared" / USERS).glob("*/*.json")
    lab.run("bob", OTHER)
    first = set((lab.folder / "shared" / USERS).glob("*/*.json"))
    os.utime(file, (0, 0))
    lab.run("bob", OTHER)
    assert set((lab.folder / "shared" / USERS).glob("*/*.json")) == first
    assert file.parent.name.rpartition("-")[0] == cache_users.user_name()
    assert read(file.parent)["host"] == socket.gethostname()
