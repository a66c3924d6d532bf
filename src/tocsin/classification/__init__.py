"""The catalogue: categories, priorities, statuses and the transitions allowed between them."""
