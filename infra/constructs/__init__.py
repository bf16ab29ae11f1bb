"""One construct a capability, so that each rule about it is written once."""
