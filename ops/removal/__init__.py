"""Taking an environment down: its protection first, then its stacks, then what they leave behind."""
