"""Anonymizers: one backend a module; nothing but pydantic and the standard library is imported here."""

from bauta.registry import Registry

ANONYMIZERS = Registry(
    "anonymizer",
    {
        "identity": "bauta.anonymize.identity:Identity",
        "blackout": "bauta.anonymize.blackout:Blackout",
        "blur": "bauta.anonymize.blur:Blur",
        "pixelate": "bauta.anonymize.pixelate:Pixelate",
        "ksame": "bauta.anonymize.ksame:KSame",
        "ksame_select": "bauta.anonymize.ksame_select:KSameSelect",
    },
)
"""Name → class made with `(setting, contract)`; the settings are in `bauta.anonymize.settings.SETTINGS`."""
