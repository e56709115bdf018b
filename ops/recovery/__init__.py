"""`acinaces recover`: what was lost, from what was kept."""
