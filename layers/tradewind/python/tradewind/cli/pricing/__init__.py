"""What running it costs: calls and bytes counted over the real functions, priced by a dated list."""


def assumptions() -> tuple[str, ...]:
    """Return what a bill rests on beside what was counted, one sentence each."""
    from tradewind.cli.pricing import bill
    from tradewind.domain import prices

    return (
        f"List prices of {prices.REGION} as of {prices.DATE}, arm64, no free tier.",
        f"A month has {bill.MINUTES:,} minutes.",
        f"Five positions are held and {bill.ORDERS_A_DAY} orders a day are sent, by one strategy on one account.",
        "Request units follow from the items' bytes; CPU time is this machine's, taken for a Lambda core's.",
        f"A function's core shrinks with its memory below {bill.WHOLE_CORE} MB; a call inside AWS takes "
        f"{1000 * bill.CALL_WAIT:.0f} ms beside.",
        "What is sent to the order queue together is received together, as many messages a call as were sent in one.",
        "Streams cost their readers nothing; messages to email and SMS are not counted.",
    )
