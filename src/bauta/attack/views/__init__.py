"""Views: what an attacker looks at in place of an anonymized picture."""

from bauta.registry import Registry

VIEWS = Registry(
    "view",
    "bauta.views",
    (
        "bauta.attack.views.as_is",
        "bauta.attack.views.pixels",
        "bauta.attack.views.restored",
        "bauta.attack.views.restored_network",
        "bauta.attack.views.trained_network",
        "bauta.attack.views.conditions",
    ),
)
"""A view learns on the attacker's own people, never on those who are scored or on whom attacks are chosen."""
