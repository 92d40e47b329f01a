import pytest

from bauta.attack.protocols import CLEAR, PROTOCOLS, get_protocol
from bauta.errors import UnknownNameError


@pytest.mark.parametrize(
    ("name", "gallery", "probes"),
    [
        ("naive", "clear", "anonymized"),
        ("reverse", "anonymized", "clear"),
        ("parrot", "anonymized", "anonymized"),
    ],
)
def test_sides_of_each_protocol(make_faces, name, gallery, probes):
    sets = {"clear": make_faces(seed=0)[0], "anonymized": make_faces(seed=1)[0]}
    got = get_protocol(name).sides(sets["clear"], sets["anonymized"])
    assert got[0] is sets[gallery]
    assert got[1] is sets[probes]


def test_only_the_clear_baseline_may_miss():
    assert not CLEAR.fails_closed
    assert all(protocol.fails_closed for protocol in PROTOCOLS.values())


def test_unknown_protocol_names_the_nearest():
    with pytest.raises(UnknownNameError, match="unknown attack protocol 'parott': did you mean 'parrot'"):
        get_protocol("parott")
