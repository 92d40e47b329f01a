"""The configuration: its models are the schema, the default file and the JSON schema."""

from bauta.config.load import load_config, parse_config
from bauta.config.models import Config

__all__ = ["Config", "load_config", "parse_config"]
