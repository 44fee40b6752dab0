"""Did the voting machines change the vote? Data, analyses and the book about one claim."""
