"""Writing and checking strategies of one's own."""
