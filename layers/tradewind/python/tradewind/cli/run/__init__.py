"""The person's run: recorded bars through the deployed functions, one step after the other."""
