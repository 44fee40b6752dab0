"""From chapters to a published book: order and keys, execution, pages, checks, the swap."""
