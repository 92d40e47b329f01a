"""Images that a job made, gone from the disk or never pulled, are made again when a job has to read them."""

import pytest
from labs import CACHED_STAGES, LAB, make_lab, make_up_cache

pytestmark = pytest.mark.slow

SYNTHFACES = {"adapter": "synthfaces", "subjects": 4, "images_per_subject": 2}
FER2013 = {"adapter": "fer2013", "root": "data/fer2013", "splits": {"official": True}}


@pytest.mark.parametrize(
    ("dataset", "rule"), [(SYNTHFACES, "render"), (FER2013, "index")], ids=["rendered", "from a table"]
)
def test_a_new_margin_makes_the_images_again_and_nothing_else_does(tmp_path, dataset, rule):
    project = make_lab(tmp_path / "project", {**LAB, "datasets": {"faces": dataset}})
    (project.folder / "data/fer2013").mkdir(parents=True)
    (project.folder / "data/fer2013/fer2013.csv").write_text("emotion,pixels,Usage\n")
    make_up_cache(project, "faces")
    assert not {"render", *CACHED_STAGES} & set(project.planned())
    project.configure({**LAB, "datasets": {"faces": dataset}, "crop": {"margin": 0.5}})
    planned = project.planned()
    assert planned[rule] == 1
    assert {"detect", "align", "crop"} <= set(planned)
    assert "split" not in planned
