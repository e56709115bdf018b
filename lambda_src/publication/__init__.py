"""What happens to a published site inside the release."""
