"""Readers of published files, one module per format, and the runner that turns them into tables."""
