"""`acinaces status`: what serves, and whether it is what the journal says."""
