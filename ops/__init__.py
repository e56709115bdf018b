"""The operator's command line, `acinaces`. Talks to AWS, never to CDK."""
