"""Preparing an account: least privilege for CloudFormation, a boundary for what it makes, and who may come in."""
