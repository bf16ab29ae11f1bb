"""Bars on the laptop as a person keeps them: bring in, convert, resample, check, show."""
