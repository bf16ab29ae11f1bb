import json
from decimal import Decimal
from pathlib import Path

from tests.unit.cli.configuration.test_reading import SOUND, checked
from tradewind.cli.configuration.building import build, canonical, decimal_text, write
from tradewind.cli.configuration.difference import Difference, differences
from tradewind.cli.configuration.fees import costs_at
from tradewind.domain.configuration import Gates, Limits
from tradewind.domain.identifiers import content_hash
from tradewind.domain.timeframe import Timeframe


def test_what_is_written_is_what_the_functions_read_under_the_hash_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "environment.json"

    configuration = write(build(checked(SOUND)), path)

    assert configuration.hash == content_hash(path.read_bytes())
    assert configuration.shards[0].name == "us-1d-1"
    assert configuration.shards[0].instruments == ("AAPL.US", "IBM.US")
    assert configuration.instruments["AAPL.US"].tick == Decimal("0.01")  # type: ignore[index]
    assert configuration.accounts[0].cash == Decimal(100_000)
    assert configuration.accounts[0].limits == Limits()
    assert configuration.strategies[0].timeframe is Timeframe.D1
    assert configuration.strategies[0].parameters == {"ema_fast": 50.0}
    assert configuration.strategies[0].gates == Gates()


def test_a_shard_holds_ninety_instruments_and_the_next_one_the_rest() -> None:
    names = ", ".join(f'"S{number}"' for number in range(200))

    shards = build(checked(SOUND.replace('"AAPL", "IBM"', names)))["shards"]

    assert [(one["name"], len(one["instruments"])) for one in shards] == [
        ("us-1d-1", 90),
        ("us-1d-2", 90),
        ("us-1d-3", 20),
    ]


def test_two_markets_of_one_venue_share_their_shards() -> None:
    second = '[[markets]]\nvenue = "US"\nprovider = "replay"\ntimeframes = ["1d"]\ninstruments = ["F"]\n'

    shards = build(checked(SOUND.replace("[[accounts]]", f'{second}tick = "0.5"\nlot = "1"\n\n[[accounts]]')))["shards"]

    assert [one["instruments"] for one in shards] == [["AAPL.US", "IBM.US", "F.US"]]


def test_an_instruments_own_rules_go_before_its_markets() -> None:
    least = 'minimum_notional = "25"\nminimum_quantity = "20"'
    own = f'[instruments."IBM.US"]\ntick = "0.05"\nlot = "10"\n{least}\n\n[[accounts]]'

    rules = build(checked(SOUND.replace("[[accounts]]", own)))["instruments"]

    assert rules["IBM.US"] == {"tick": "0.05", "lot": "10", "minimum_notional": "25", "minimum_quantity": "20"}
    assert rules["AAPL.US"] == {"tick": "0.01", "lot": "1", "minimum_notional": "0"}


def test_fees_follow_from_the_venue_unless_the_file_says_otherwise() -> None:
    said = SOUND.replace("cash = 100000", "cash = 100000\nfee_bps = 0\nslippage_bps = 2")

    assert [build(checked(text))["accounts"][0]["fee_bps"] for text in (SOUND, said)] == [5, 0]
    assert build(checked(said))["accounts"][0]["slippage_bps"] == 2


def test_the_dearest_venue_counts_and_an_unknown_one_is_dear() -> None:
    assert costs_at(["US", "BINANCE"]).fee_bps == 10
    assert costs_at(["US", "NOWHERE"]).fee_bps == costs_at([]).fee_bps == 26


def test_the_canonical_text_does_not_depend_on_the_order_of_keys() -> None:
    data = build(checked(SOUND))

    assert canonical(dict(reversed(data.items()))) == canonical(data)
    assert json.loads(canonical(data)) == data


def test_decimals_are_written_in_full_and_without_needless_zeros() -> None:
    texts = ["1E-8", "100000", "0.50", "1E+5", "0"]

    assert [decimal_text(Decimal(text)) for text in texts] == ["0.00000001", "100000", "0.5", "100000", "0"]


def test_two_configurations_are_compared_place_by_place() -> None:
    left = build(checked(SOUND))
    right = build(checked(SOUND.replace("exposure = 1.0", "exposure = 0.5").replace('"AAPL", ', "")))

    assert differences(left, left) == []
    assert differences(left, right) == [
        Difference("accounts[paper].limits.exposure", "1", "0.5"),
        Difference("instruments.AAPL.US.lot", "1", None),
        Difference("instruments.AAPL.US.minimum_notional", "0", None),
        Difference("instruments.AAPL.US.tick", "0.01", None),
        Difference("shards[us-1d-1].instruments", ["AAPL.US", "IBM.US"], ["IBM.US"]),
    ]
