"""bauta: how well face anonymizers hide who someone is and keep what they express."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bauta.io.egress import switch_off

if TYPE_CHECKING:
    from bauta import apply as apply

__version__ = "0.1.0"

switch_off()


def __getattr__(name: str) -> Any:
    """Import `bauta.apply` when it is first used: `bauta.apply(images, setting)`."""
    if name == "apply":
        return import_module("bauta.apply")
    raise AttributeError(f"module 'bauta' has no attribute '{name}'")
