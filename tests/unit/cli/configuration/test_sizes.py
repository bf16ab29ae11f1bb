"""How large entries are, as people write it: what is read, and what is refused with its line."""

from decimal import Decimal

import pytest

from tests.unit.cli.configuration.test_reading import SOUND, checked, complaints
from tradewind.cli.configuration.building import build
from tradewind.domain.configuration import AccountMode, Configuration, usual_risk
from tradewind.domain.sizing import PLAIN, Method, Sizing

LINE = SOUND[: SOUND.index("[alerts]")].count("\n") + 1
"""Where the table begins."""


def said(*lines: str, text: str = SOUND) -> list[str]:
    return complaints("[alerts]", "\n".join(("[strategies.sizing]", *lines, "", "[alerts]")), text)


def read(*lines: str) -> Configuration:
    table = "\n".join(("[strategies.sizing]", *lines, "", "[alerts]"))
    return Configuration.from_json(build(checked(SOUND.replace("[alerts]", table))), "hash")


def test_what_nobody_says_is_a_fixed_fraction_and_stands_in_no_configuration() -> None:
    row = build(checked(SOUND))["strategies"][0]

    assert "sizing" not in row
    assert Sizing.from_row(row) == PLAIN


def test_what_is_said_is_what_the_functions_read() -> None:
    made = read(
        'method = "kelly"', "kelly_window = 60", "recent_trips = 10", "[strategies.sizing.regimes]", "BEAR = 0.5"
    )

    expected = Sizing(Method.KELLY, kelly_window=60, recent_trips=10, regimes=(("BEAR", 0.5),))
    assert made.strategies[0].gates.sizing == expected
    assert made.accounts[0].remembers == 60, "an account keeps as many closed positions in mind as are looked at"
    assert read('method = "volatility"').accounts[0].remembers == 0


@pytest.mark.parametrize(
    ("line", "where", "what"),
    [
        ('method = "martingale"', "method", "must be 'fixed_fraction', 'volatility' or 'kelly'"),
        ("atr_bars = 20", "atr_bars", 'goes with method = "volatility" alone; here it is "fixed_fraction"'),
        ("kelly_least = 0.2", "kelly_least", 'goes with method = "kelly" alone'),
        ("recent_streak = 3", "recent_streak", "does nothing without recent_trips"),
        ("recent_multiplier = 0", "recent_multiplier", "greater than or equal to 0.05"),
        ("recent_trips = 1000", "recent_trips", "less than or equal to 100"),
        ("regimes = { BEER = 0.5 }", "regimes.BEER", "unknown key: did you mean BEAR?"),
        ("regimes = { BULL = 2.5 }", "regimes.BULL", "less than or equal to 2"),
        ("regimes = { BULL = 1.5 }", "regimes.BULL", "would risk more than risk_per_trade"),
        ("fraction = 1", "fraction", "unknown key"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(line: str, where: str, what: str) -> None:
    (complaint,) = said(line)

    assert complaint.startswith(f"config/desk.toml:{LINE + 1}: strategies[1].sizing.{where}: ")
    assert what in complaint


def test_what_does_not_go_together_is_refused() -> None:
    (waiting,) = said('method = "kelly"', "kelly_trips = 50")
    (streak,) = said("recent_trips = 3", "recent_streak = 4")

    assert waiting.startswith(f"config/desk.toml:{LINE + 2}: ")
    assert "would never apply" in waiting
    assert "only the last 3 positions are looked at" in streak


def test_a_size_multiplier_below_one_leaves_room_for_a_regime_above() -> None:
    gates = "[strategies.gates]\nsize_multiplier = 0.5\n\n[strategies.sizing]\nregimes = { BULL = 2 }\n\n[alerts]"

    made = Configuration.from_json(build(checked(SOUND.replace("[alerts]", gates))), "hash")

    assert made.strategies[0].gates.sizing.regimes == (("BULL", 2.0),)


def test_real_money_risks_half_a_per_cent_a_trade_unless_somebody_says_otherwise() -> None:
    file = checked(SOUND)
    live = file.accounts[0].model_copy(update={"mode": "live", "venue": "KRAKEN", "credentials": "ssm:/key"})
    limits = live.limits.model_copy(update={"risk_per_trade": Decimal("0.01")})
    accounts = (live, live.model_copy(update={"limits": limits}), file.accounts[0])

    risks = [build(file.model_copy(update={"accounts": [one]}))["accounts"][0]["limits"] for one in accounts]

    assert [one["risk_per_trade"] for one in risks] == ["0.005", "0.01", "0.02"]
    assert usual_risk(AccountMode.SANDBOX) == Decimal("0.02")


def test_a_built_live_account_without_a_word_on_it_risks_as_little() -> None:
    data = build(checked(SOUND))
    del data["accounts"][0]["limits"]["risk_per_trade"]
    data["accounts"][0] |= {"mode": "live", "venue": "KRAKEN", "credentials": "", "address": ""}

    (account,) = Configuration.from_json(data, "hash").accounts

    assert account.limits.risk_per_trade == Decimal("0.005")
