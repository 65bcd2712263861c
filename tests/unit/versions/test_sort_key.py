from __future__ import annotations

from sekisho.versions.sort_key import Remembered, numeral


def test_numerals_sort_as_numbers() -> None:
    numbers = [0, 1, 9, 10, 99, 100, 12345, 10**50, 10**200]
    assert sorted(numbers, key=lambda number: numeral(str(number))) == numbers
    assert sorted(numbers, key=lambda number: numeral(str(number)).encode()) == numbers


def test_leading_zeros_do_not_count() -> None:
    assert numeral("007") == numeral("7")
    assert numeral("") == numeral("0") == numeral("000")


def test_answers_are_kept_up_to_a_bound() -> None:
    asked: list[str] = []

    def answer(part: str) -> str:
        asked.append(part)
        return part.upper()

    remembered = Remembered(answer)
    assert [remembered["a"], remembered["a"], remembered["b"]] == ["A", "A", "B"]
    assert asked == ["a", "b"]
    for number in range(2 * Remembered.MAX_ANSWERS):
        assert remembered[str(number)] == str(number)
    assert len(remembered) <= Remembered.MAX_ANSWERS
