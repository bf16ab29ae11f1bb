import math
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.instrument import InstrumentId
from tradewind.domain.universe import PRESETS, Candidate, Category, Filter, Profile, assign, category_of, choose, scores


def candidate(base: str, turnover: float = 5e6, quote: str = "USDT", **changes: object) -> Candidate:
    cent = Decimal("0.01")
    made = Candidate(InstrumentId(f"{base}-{quote}.X"), base, quote, cent, cent, cent, True, turnover, 3.0)
    return replace(made, **changes)  # type: ignore[arg-type]


def names(*made: Candidate, rules: Filter) -> list[str]:
    return [one.base for one in choose(made, rules).members]


@pytest.mark.parametrize(
    ("base", "category"),
    [("BTC", Category.MAJOR), ("USDC", Category.STABLE), ("EUR", Category.FIAT), ("BTC3L", Category.LEVERAGED),
     ("ETHUP", Category.LEVERAGED), ("JUP", Category.OTHER), ("PONKE", Category.OTHER), ("A2S", Category.OTHER)],
)  # fmt: skip
def test_a_base_is_of_one_kind(base: str, category: Category) -> None:
    assert category_of(base) is category


def test_the_most_traded_are_chosen_and_each_other_one_has_its_reason() -> None:
    made = [
        candidate("AAA", 9e6), candidate("BBB", 8e6), candidate("CCC", 7e6), candidate("DDD", 9e5),
        candidate("EEE", spread_bps=30.0), candidate("FFF", quote="EUR"), candidate("USDC"), candidate("BTC3L"),
        candidate("GGG", trading=False), candidate("HHH", tick=None), candidate("III"), candidate("JJJ", days=3),
    ]  # fmt: skip
    rules = Filter(("USDT",), 1e6, 20.0, 30, deny=("III-USDT",), top=2)

    choice = choose(made, rules)

    assert [one.base for one in choice.members] == ["AAA", "BBB"]
    assert {name.partition("-")[0]: reason for name, reason in choice.left_out.items()} == {
        "CCC": "RANK 3 of 2", "DDD": "TURNOVER 900000", "EEE": "SPREAD 30.0", "FFF": "QUOTE EUR",
        "USDC": "CATEGORY stable", "BTC3L": "CATEGORY leveraged", "GGG": "NOT_TRADING", "HHH": "NO_RULES",
        "III": "DENIED", "JJJ": "AGE 3",
    }  # fmt: skip


def test_what_is_allowed_comes_first_whatever_the_rules_say_as_long_as_it_trades() -> None:
    rules = Filter(minimum_turnover=1e6, allow=("TINY-USDT", "DEAD-USDT"), top=2)

    assert names(candidate("AAA"), candidate("BBB"), candidate("TINY", 5.0), candidate("DEAD", trading=False),
                 rules=rules) == ["TINY", "AAA"]  # fmt: skip


def test_an_age_nobody_knows_is_no_objection() -> None:
    assert names(candidate("AAA", days=-1), rules=Filter(minimum_days=30)) == ["AAA"]


def test_the_preset_of_ninety_takes_ninety() -> None:
    made = [candidate(f"C{number:03d}", 1e6 + number) for number in range(200)]

    assert len(choose(made, PRESETS["liquid-90"]).members) == 90
    assert choose(reversed(made), PRESETS["liquid-90"]).members == choose(made, PRESETS["liquid-90"]).members


@pytest.mark.parametrize(
    ("changes", "profile"),
    [({"spread_bps": 60.0}, Profile.THIN), ({"turnover": 5.0}, Profile.THIN), ({"volatility": 0.2}, Profile.WILD),
     ({"volatility": 0.01, "trend": -0.8}, Profile.TRENDING), ({"turnover": 5e7}, Profile.DEEP), ({}, Profile.PLAIN)],
)  # fmt: skip
def test_a_profile_tells_how_it_trades(changes: dict[str, object], profile: Profile) -> None:
    assert candidate("AAA", **changes).profile is profile  # type: ignore[arg-type]


def test_scores_are_the_spread_of_returns_and_the_straightness_of_the_way() -> None:
    assert scores([100.0, 110.0, 121.0]) == pytest.approx((0.0, 1.0), abs=1e-12)
    volatility, trend = scores([100.0, 110.0, 99.0, 100.0])
    assert volatility == pytest.approx(0.10017, abs=1e-5)
    assert trend == 0.0
    assert scores([3.0, 2.0, 1.0])[1] == -1.0
    assert all(map(math.isnan, scores([1.0, 2.0])))


# ── shards ───────────────────────────────────────────────────────────────────────────────────────────────────────

IDS = st.lists(st.integers(0, 40).map(lambda number: InstrumentId(f"C{number}.X")), unique=True)


@given(IDS, IDS, st.integers(1, 7))
def test_an_instrument_stays_in_its_shard_when_others_come_and_go(
    first: list[InstrumentId], second: list[InstrumentId], size: int
) -> None:
    before = assign(first, size=size)
    after = assign(second, before, size)

    where = {name: index for index, shard in enumerate(after) for name in shard}
    assert sorted(where) == sorted(second)
    assert all(len(shard) <= size for shard in after)
    assert all(
        where[name] == index for index, shard in enumerate(before) for name in shard if name in where
    )  # fmt: skip
    assert assign(second, after, size) == after
