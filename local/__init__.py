"""The cloud on a laptop: emulator, Redis, bootstrap, a real `cdk deploy`, and the way back."""
