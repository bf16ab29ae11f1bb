"""The order path: CPU from an intent to its venue, requests of an order, orders a second, and how well paper prices."""

from benchmarks import fidelity, order_path, throughput
from benchmarks.figures import Figure


def measure() -> list[Figure]:
    """Measure all of it."""
    return [*order_path.measure(), *throughput.measure(), *fidelity.measure()]
