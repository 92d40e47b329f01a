"""The configuration: the models from which the default file and the JSON schema are generated."""
