"""The commands of `acinaces`, one module each: options and output. What they do is in the modules of `ops`.

Nothing heavy is imported before a command runs: `acinaces --help` needs neither boto3 nor pydantic.
"""
