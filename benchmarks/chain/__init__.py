"""The bare chain: the same hops as the pipeline, with nothing in them but one call each."""
