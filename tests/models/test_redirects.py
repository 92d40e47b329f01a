"""A public server does not lead a download to this machine or into a private network."""

import socket

import pytest
from small_registry import make_card

from bauta.errors import ModelError
from bauta.models.redirects import refuse_inward

CONTENT = b"12345"


@pytest.fixture
def names(monkeypatch):
    """Names of hosts → their addresses; every other host is looked up as always."""
    known = {}
    look_up = socket.getaddrinfo

    def answer(host, *arguments, **options):
        if host in known:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in known[host]]
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return known


class Redirect:
    is_redirect = True
    url = "https://public.example/w"

    def __init__(self, target):
        self.headers = {"location": target}


INSIDE = [
    "http://127.0.0.1:8000/w",
    "http://127.9.9.9/w",
    "http://2130706433/w",
    "http://0/w",
    "http://0.0.0.0/w",
    "http://localhost/w",
    "http://[::1]/w",
    "http://[::ffff:127.0.0.1]/w",
    "http://[::ffff:10.0.0.1]/w",
    "http://[64:ff9b::7f00:1]/w",
    "http://[2002:7f00:1::]/w",
    "http://10.1.2.3/w",
    "http://172.16.0.1/w",
    "http://192.168.0.1/w",
    "http://100.64.0.1/w",
    "http://169.254.169.254/latest/meta-data",
    "http://[fe80::1]/w",
    "http://[fd00::1]/w",
    "http://user:pass@127.0.0.1/w",
    "//127.0.0.1/w",
    "https://inside.example/w",
    "https://both.example/w",
]


@pytest.mark.parametrize("target", INSIDE)
def test_a_public_server_cannot_send_inward(names, target):
    names |= {"public.example": ["93.184.215.14"], "inside.example": ["10.0.0.7"]}
    names["both.example"] = ["93.184.215.14", "127.0.0.1"]
    check = refuse_inward("https://public.example/w")
    with pytest.raises(OSError, match=r"it redirects to .* on this machine or in a private network: refused"):
        check(Redirect(target))


@pytest.mark.parametrize("target", ["https://other.example/w", "/elsewhere", "https://nobody.invalid/w"])
def test_a_public_server_may_send_to_another_and_to_itself(names, target):
    names |= {"public.example": ["93.184.215.14"], "other.example": ["1.1.1.1"]}
    refuse_inward("https://public.example/w")(Redirect(target))


def test_a_mirror_inside_may_send_on_inside(names):
    check = refuse_inward("http://127.0.0.1:8000/w")
    check(Redirect("http://10.0.0.1/w"))
    check(Redirect("http://127.0.0.1:9000/w"))


def test_a_download_that_is_sent_inward_is_refused_before_it_is_asked_for(registry, store, server, names):
    server.files["secret"] = CONTENT
    server.redirects["w"] = "/step"
    server.redirects["step"] = server.url("secret").replace("127.0.0.1", "localhost")
    # The server of the test answers at 127.0.0.1, which passes for a public address here.
    names["127.0.0.1"] = ["93.184.215.14"]
    port = server.http.server_address[1]
    connect = socket.socket.connect
    names["public.example"] = ["93.184.215.14"]

    def reach(self, address):
        return connect(self, ("127.0.0.1", port) if address[0] == "93.184.215.14" else address)

    registry["tiny"] = make_card(CONTENT, urls=(f"http://public.example:{port}/w",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", reach)
        with pytest.raises(ModelError, match=r"redirects to localhost .*refused") as caught:
            store.path("tiny")
    assert "\n" not in str(caught.value)
    assert server.seen["step"] == 1
    assert server.seen["secret"] == 0


def test_a_mirror_on_this_machine_still_works_and_may_redirect(registry, store, server):
    server.files["v2"] = CONTENT
    server.redirects["w"] = server.url("v2")
    registry["tiny"] = make_card(CONTENT, urls=(server.url("w"),))
    assert store.path("tiny").read_bytes() == CONTENT
