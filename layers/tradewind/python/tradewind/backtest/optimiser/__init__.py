"""Which parameters to take, and how far to believe that they are any good."""
