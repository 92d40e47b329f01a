"""The configuration: the models from which the default file and the JSON schema are generated."""

from bauta.config.load import load_config, parse_config
from bauta.config.models import Config

__all__ = ["Config", "load_config", "parse_config"]
