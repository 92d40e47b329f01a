"""Protection against redirects from a public address into the user's private network."""

import socket
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests


def refuse_inward(first: str) -> Callable[..., None]:
    """Create a hook for responses that stops a redirect from a public server to a private address.

    A mirror inside the private network may redirect within it.

    Args:
        first: The requested address.

    Returns:
        The hook that requests calls with each response before following a redirect.
    """
    inside = _private_address(first) is not None

    def check(response: requests.Response, *_: Any, **__: Any) -> None:
        if inside or not response.is_redirect:
            return
        target = urljoin(response.url, response.headers["location"])
        address = _private_address(target)
        if address is not None:
            raise requests.exceptions.InvalidURL(
                f"it redirects to {urlsplit(target).hostname} ({address}), which is on this machine or in a "
                "private network: refused"
            )

    return check


def _private_address(url: str) -> str | None:
    """The first address of a URL's host that is not public; None if all are public or it has none.

    Behind a proxy, public names may not resolve, and an unresolved host can only be reached by a proxy.
    """
    host = urlsplit(url).hostname
    if not host:
        return "no host"
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None
    return next((str(place[0]) for *_, place in found if not _is_public(str(place[0]))), None)


def _is_public(text: str) -> bool:
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        # Addresses that embed an IPv4 address, to which a gateway forwards.
        packed = address.packed
        embedded = address.ipv4_mapped or address.sixtofour
        if embedded is None and packed[:12] == bytes.fromhex("0064ff9b") + bytes(8):
            embedded = ip_address(packed[12:])  # type: ignore[assignment]
        if embedded is not None:
            return embedded.is_global and not embedded.is_multicast
    return address.is_global and not address.is_multicast
