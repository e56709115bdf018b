"""What a check is told: one typed model per kind, a module per group."""
