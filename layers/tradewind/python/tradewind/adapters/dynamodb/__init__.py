"""DynamoDB adapters: the market and the ledger table."""
