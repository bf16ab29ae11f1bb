"""`config/ENV.toml`: reading it with line-numbered errors, building what the functions read, comparing two."""
