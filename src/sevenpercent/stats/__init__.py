"""Estimators and what they decide: frames in, frozen results or tidy frames out."""
