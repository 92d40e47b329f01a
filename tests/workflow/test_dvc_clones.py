"""A colleague's clone after `dvc pull`: every kind of link, with and without the raw data, and from S3."""

import pytest
from labs import CACHED_STAGES, LAB, age_against_the_flow, make_up_raw_data
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

pytestmark = pytest.mark.slow

WIDER = {**LAB, "crop": {"margin": 0.5}}


@pytest.fixture(scope="module", params=["copy", "hardlink", "symlink"])
def pulled(lab, request, tmp_path_factory):
    """A clone with everything but the raw data, its files linked to DVC's cache in one way."""
    folder = tmp_path_factory.mktemp(request.param)
    clone = lab.clone(folder / "clone", remote=lab.folder.parent / "remote", link=request.param)
    clone.dvc("pull", *CACHED_STAGES)
    (shard,) = clone.folder.glob("cache/faces/mtcnn-*/crops.zarr/images/c/0")
    assert shard.is_symlink() == (request.param == "symlink")
    assert (shard.stat().st_nlink > 1) == (request.param == "hardlink")
    return clone


@pytest.fixture(params=["without raw data", "with raw data"])
def clone(pulled, request):
    """The clone, before its first run; every file is newer than what is made from it."""
    raw = pulled.folder / "data/faces"
    if request.param == "with raw data":
        make_up_raw_data(raw)
    pulled.configure(LAB)
    age_against_the_flow(pulled.folder)
    yield pulled
    for path in sorted(raw.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def test_no_cached_stage_is_planned(clone):
    assert clone.planned_stages() == set()


def test_an_edit_is_planned_or_refused_and_editing_it_back_plans_nothing(clone):
    clone.configure(WIDER)
    if (clone.folder / "data/faces/alice").exists():
        assert clone.planned_stages() == {"detect", "align", "crop", "landmarks", "parse"}
    else:
        done = clone.snakemake("-n", check=False)
        assert done.returncode != 0
        assert "which is missing or empty; put the raw data there" in done.stdout
        assert "Job stats" not in done.stdout
    clone.configure(LAB)
    assert clone.planned_stages() == set()


def test_what_is_made_from_crops_alone_is_planned_all_the_same(clone):
    clone.configure({**LAB, "datasets": {"faces": {**LAB["datasets"]["faces"], "splits": {"enrol": 0.3}}}})
    assert clone.planned_stages() == {"split"}


def test_other_raw_data_are_another_dataset(pulled):
    make_up_raw_data(pulled.folder / "data/faces")
    (pulled.folder / "data/faces/alice/1.jpg").write_bytes(b"ALICE/1.jpg")
    assert pulled.planned_stages() == CACHED_STAGES


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
