"""How an environment stands, what is wrong with it, and why it decided as it did."""
