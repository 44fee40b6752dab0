"""Many scenarios at once: one tidy table and a page about all of them."""
