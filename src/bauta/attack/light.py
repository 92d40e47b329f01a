"""The light blur on which every attack is proved; the plan reads it, too."""

from collections.abc import Mapping
from typing import Any

LIGHT_BLUR: Mapping[str, Any] = {"kernel": 7, "region": "crop"}
"""The setting of `blur` that is attacked in every run beside those of the configuration."""
