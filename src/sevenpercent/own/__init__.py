"""Your own data: from published or hand-made files to the tables and the scenario of a book."""
