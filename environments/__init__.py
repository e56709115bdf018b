"""Environments as data: one TOML each, read once into one frozen object."""

from environments.loader import EnvironmentFileError, known_environments, load_environment
from environments.schema import Environment

__all__ = ["Environment", "EnvironmentFileError", "known_environments", "load_environment"]
