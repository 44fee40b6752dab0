"""Every admissible specification at once: engine, declared grid, joint test, decomposition."""
