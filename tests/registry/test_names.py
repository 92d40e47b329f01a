import pytest

from bauta.registry import nearest, path_name
from bauta.registry.names import is_target, target_of


@pytest.mark.parametrize("name", ["blur", "mtcnn", "scrfd_2_5g"])
def test_a_plain_name_stays_as_it_is(name):
    assert path_name(name) == name
    assert not is_target(name)


@pytest.mark.parametrize("target", ["mine:Blur", "my_package.sub.module:make_2", "_a._b:_c"])
def test_a_target_has_a_form_for_paths_that_leads_back(target):
    name = path_name(target)
    assert ":" not in name
    assert path_name(name) == name
    assert target_of(name) == target
    assert f"{name}-0123abcd".rpartition("-")[0] == name


@pytest.mark.parametrize("name", ["a:b:c", "a/b:c", "../a:b", "a b:c", "1a:b", "a.:b", ":a", "a:", "a-b-c"])
def test_what_could_leave_a_path_is_no_target(name):
    assert not is_target(name)


def test_the_nearest_or_all():
    assert nearest("blurr", ["blur", "ksame"]) == "did you mean 'blur'?"
    assert nearest("zzz", ["blur", "ksame"]) == "expected one of: blur, ksame"
