"""Tradewind: a serverless trading system."""
