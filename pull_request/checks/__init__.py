"""The steps: each module turns the answer of one tool into verdicts."""
