"""The order state machine at work and the matching rules of the paper venue."""
