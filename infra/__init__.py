"""The infrastructure: what runs where, with which rights, and what watches over it."""
