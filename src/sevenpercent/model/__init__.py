"""What a book is about: scenario, analysis frames, numbers and their words."""
