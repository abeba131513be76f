from datetime import timedelta

import pytest

from mailer.domain.retry import Retry

DAY = timedelta(days=1)


def test_the_last_delay_is_repeated():
    retry = Retry.parse("1, 5,30.5", DAY)
    assert [retry.delay(attempts).total_seconds() for attempts in (1, 2, 3, 4, 99)] == [
        1,
        5,
        30.5,
        30.5,
        30.5,
    ]


def test_a_letter_is_given_up_once_its_time_is_over():
    retry = Retry.parse("1", DAY)
    assert not retry.is_over(DAY - timedelta(microseconds=1))
    assert retry.is_over(DAY)


@pytest.mark.parametrize("delays", ["", "1,", "soon", "0", "-1", "nan", "inf"])
def test_what_is_no_delay_is_refused(delays):
    with pytest.raises(ValueError, match=r"seconds with commas|above 0"):
        Retry.parse(delays, DAY)
