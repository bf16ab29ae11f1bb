"""The HTTP API: what a person or the dashboard asks of a deployed environment."""
