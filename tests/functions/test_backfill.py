"""The state machine's function, step by step, over a simulated venue."""

import time

from tests.functions.stage import Stage
from tests.venues.market import Made, Market, Rules
from tests.venues.server import serving
from tests.venues.stage import VENUES


def test_the_steps_of_a_backfill_fill_the_table_and_any_may_be_repeated(stage: Stage) -> None:
    served = VENUES["bybit"](Market({"BTC-USDT": Rules()}, lambda: int(time.time() * 1000), Made()))
    with serving(served):
        wish = {"days": 3, "symbols": ["BTC-USDT.BYBIT"], "intervals": ["1h"], "provider": f"bybit@{served.url}"}
        planned = stage.call("backfill_bars", {"step": "plan", **wish})
        assert planned["series"] == [{"instrument": "BTC-USDT.BYBIT", "timeframe": "1h"}]

        for added in (72, 0):
            fetch = {"step": "fetch", "name": planned["name"], **planned["series"][0]}
            answer = stage.call("backfill_bars", fetch)
            assert (answer["left"], answer["added"]) == (0, added)
            stage.restart()
        report = stage.call("backfill_bars", {"step": "verify", "name": planned["name"]})

    assert (report["whole"], report["present"], report["expected"], report["duplicates"]) == (True, 72, 72, 0)
    assert stage.count("market", "SERIES#BTC-USDT.BYBIT#1h") in {1, 2}
