"""The delivery pipeline's own steps, one after another, against the embedded cloud: an account per environment."""
