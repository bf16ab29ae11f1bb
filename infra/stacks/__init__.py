"""One stack a lifetime: what must survive apart from what may be replaced."""
