"""The check engine: runs a plan of checks against a deployed release and reports a verdict.

Used by the release's gate, and importable by the command line and by synthesis. Imports no CDK; boto3 only in `aws`.
"""
