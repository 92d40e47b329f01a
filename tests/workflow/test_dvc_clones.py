"""A colleague's clone after `dvc pull`: every kind of link, with and without the raw data, and from S3."""

import pytest
from labs import CACHED_STAGES, LAB, age_against_the_flow, make_up_raw_data
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

pytestmark = pytest.mark.long

WIDER = {**LAB, "crop": {"margin": 0.5}}


LONG = [pytest.param(link, marks=pytest.mark.long) for link in ("hardlink", "symlink")]


@pytest.fixture(params=["copy", *LONG])
def clone(lab, request, tmp_path):
    """A clone without raw data, its files linked to DVC's cache in one way, each newer than what it made."""
    made = lab.clone(tmp_path / "clone", remote=lab.folder.parent / "remote", link=request.param)
    made.dvc("pull", *CACHED_STAGES)
    (shard,) = made.folder.glob("cache/faces/mtcnn-*/crops.zarr/images/c/0")
    assert shard.is_symlink() == (request.param == "symlink")
    assert (shard.stat().st_nlink > 1) == (request.param == "hardlink")
    age_against_the_flow(made.folder)
    return made


def test_without_raw_data_nothing_is_planned_and_what_needs_them_is_refused(clone):
    assert clone.planned_stages() == set()
    clone.configure(WIDER)
    done = clone.snakemake("-n", check=False)
    assert done.returncode != 0
    assert "which is missing or empty; put the raw data there" in done.stdout
    assert "Job stats" not in done.stdout
    clone.configure(LAB)
    assert clone.planned_stages() == set()


def test_with_raw_data_nothing_is_planned_and_an_edit_plans_what_follows(clone):
    make_up_raw_data(clone.folder / "data/faces")
    assert clone.planned_stages() == set()
    clone.configure(WIDER)
    assert clone.planned_stages() == {"detect", "align", "crop", "landmarks", "parse"}
    clone.configure(LAB)
    assert clone.planned_stages() == set()


@pytest.mark.parametrize("clone", ["copy"], indirect=True)
def test_what_needs_no_raw_data_is_planned_without_them_and_other_raw_data_make_all_anew(clone):
    faces = LAB["datasets"]["faces"]
    clone.configure({**LAB, "datasets": {"faces": {**faces, "splits": {"enrol": 0.3}}}})
    assert clone.planned_stages() == {"split"}
    clone.configure(LAB)
    make_up_raw_data(clone.folder / "data/faces")
    (clone.folder / "data/faces/alice/1.jpg").write_bytes(b"ALICE/1.jpg")
    assert clone.planned_stages() == CACHED_STAGES


@pytest.fixture
def bucket():
    """Address of an S3 server on this machine that holds the empty bucket `lab`."""
    import boto3  # noqa: PLC0415 - only here

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=address, **keys).create_bucket(Bucket="lab")
    yield address
    server.stop()


@pytest.mark.long
def test_a_lab_shares_its_crops_over_s3(lab, bucket, tmp_path):
    sender = lab.clone(tmp_path / "sender", remote=lab.folder.parent / "remote")
    sender.dvc("pull", *CACHED_STAGES)
    sender.dvc("remote", "remove", "--local", "lab")
    sender.name_remote("s3://lab/bauta", endpointurl=bucket)
    sender.dvc("push", *CACHED_STAGES)
    receiver = lab.clone(tmp_path / "receiver", remote=None)
    receiver.name_remote("s3://lab/bauta", endpointurl=bucket)
    receiver.dvc("pull", *CACHED_STAGES)
    assert receiver.planned_stages() == set()
    (shard,) = receiver.folder.glob("cache/faces/mtcnn-*/crops.zarr/images/c/0")
    assert shard.read_bytes() == (lab.folder / shard.relative_to(receiver.folder)).read_bytes()
