"""What running it costs: calls and bytes counted over the real adapters, priced by a dated list."""
