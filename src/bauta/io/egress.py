"""The reports and look-ups that libraries would send on their own, and the switch that stops each.

The package's `__init__` calls `switch_off`, because these libraries read their switches when they are
imported and no module of bauta is imported earlier. Child processes inherit the variables.
"""

import logging
import os
from collections.abc import MutableMapping
from dataclasses import dataclass

log = logging.getLogger(__name__)

OFF = frozenset({"1", "true", "yes", "on"})
"""Values that all of these libraries understand."""


@dataclass(frozen=True)
class Switch:
    """An environment variable that keeps a library from reporting.

    Attributes:
        variable: The name of the variable; its value is 1.
        reason: What the library does without it.
    """

    variable: str
    reason: str


SWITCHES = (
    Switch(
        "ORT_DISABLE_TELEMETRY",
        "ONNX Runtime writes a device id and its events below ~/.cache/Microsoft when it is imported, and "
        "sends them to Microsoft when a session opens",
    ),
    Switch("DVC_NO_ANALYTICS", "DVC sends every command's name, version and system, with a user's id"),
    Switch("DVC_STUDIO_OFFLINE", "DVC sends live metrics to its Studio where a token is found"),
    Switch("HF_HUB_DISABLE_TELEMETRY", "huggingface_hub, which timm and facer import, counts its users"),
    Switch("DO_NOT_TRACK", "asks all other software that follows this convention not to report"),
    Switch("NO_ALBUMENTATIONS_UPDATE", "albumentations, an option of InsightFace, looks for a newer version"),
)

NOWHERE = "http://127.0.0.1:9"
"""A proxy that does not exist: the discard port of this machine."""


def switch_off(environment: MutableMapping[str, str] = os.environ) -> None:
    """Set every switch.

    A run processes faces, so a switch that the user set the other way is overridden, with a warning.
    """
    for switch in SWITCHES:
        given = environment.get(switch.variable, "")
        if given.lower() in OFF:
            continue
        if given:
            log.warning("%s=%s is replaced by 1: %s", switch.variable, given, switch.reason)
        environment[switch.variable] = "1"


def cut_off_curl(environment: MutableMapping[str, str] = os.environ) -> None:
    """Send this process's libcurl requests to a proxy that does not exist, before MediaPipe makes one.

    MediaPipe reports its usage to Google from its own thread when a task is closed, and occasionally earlier.
    It has no switch (google-ai-edge/mediapipe, issue 6291), but its libcurl reads the proxy from the
    environment each time. Afterwards this process can no longer download anything; in a run, only
    `fetch_model` downloads.
    """
    environment["https_proxy"] = environment["HTTPS_PROXY"] = NOWHERE
    # Hosts listed here are reached without the proxy.
    environment["no_proxy"] = environment["NO_PROXY"] = "localhost,127.0.0.1,::1"
