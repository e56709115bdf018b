"""`acinaces releases`: what the journal tells about releases."""
