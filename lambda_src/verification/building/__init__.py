"""Builders of checks, a module per group. Called at synthesis, where strings may still be CDK tokens."""
