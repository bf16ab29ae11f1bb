"""Answers that are kept: only of the version that they were made at, and never more than there is room for."""

from tradewind.api.answers import KnownAnswers


def test_an_answer_is_given_again_until_its_version_changes() -> None:
    known = KnownAnswers()
    known.put("/api/brain?", (1, 1), "first")

    assert known.get("/api/brain?", (1, 1)) == "first"
    assert known.get("/api/brain?", (1, 2)) is None
    assert known.get("/api/brain?limit=1", (1, 1)) is None


def test_without_a_version_nothing_is_known() -> None:
    known = KnownAnswers()
    known.put("/api/brain?", None, "first")

    assert known.get("/api/brain?", None) is None


def test_what_was_asked_for_longest_ago_makes_room() -> None:
    known = KnownAnswers(largest=2_300)
    for question in ("a", "b"):
        known.put(question, 1, question * 1_000)
    assert known.get("a", 1)

    known.put("c", 1, "c" * 1_000)
    known.put("c", 2, "d" * 1_000)  # in place of the other, which takes no room any more

    assert (known.get("b", 1), known.get("c", 1)) == (None, None)
    assert (known.get("a", 1), known.get("c", 2)) == ("a" * 1_000, "d" * 1_000)


def test_letters_beyond_ascii_count_as_what_they_may_take() -> None:
    known = KnownAnswers(largest=3_000)
    known.put("a", 1, "é" * 1_000)

    assert known.get("a", 1) is None
