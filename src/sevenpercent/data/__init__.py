"""Published files, tidy tables, and the rules over them."""
