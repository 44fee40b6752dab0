"""The book's figures: each function takes plain values and returns a Matplotlib figure."""
