import pytest

from bauta.errors import UnknownNameError
from bauta.registry import Registry

REGISTRY = Registry("detector", {"mtcnn": "json:loads", "dlib_hog": "json:dumps"})


def test_an_implementation_is_imported_when_it_is_asked_for():
    assert REGISTRY.load("mtcnn")("[1]") == [1]


@pytest.mark.parametrize(("name", "hint"), [("mtcn", "did you mean 'mtcnn'"), ("zzz", "mtcnn, dlib_hog")])
def test_an_unknown_name_is_answered_with_the_nearest(name, hint):
    with pytest.raises(UnknownNameError, match=hint):
        REGISTRY[name]
