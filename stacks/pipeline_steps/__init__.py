"""The steps of `delivery` as steps of CDK Pipelines, a small class each."""
