"""Credentials (M6): what there is, what it must look like, storing it, and showing that functions see it.

Values are `pydantic.SecretStr` from the moment they are read until they are sent; nothing here prints, logs or
raises one. People compare fingerprints (`ops.secrets.fingerprint`).
"""
