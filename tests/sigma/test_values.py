"""How values are read, where it is easily got wrong."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from ringfence.sigma.values import address_of, number_of


@pytest.mark.parametrize(
    ("text", "number"), [(" 7\t", 7), ("-.5", -0.5), ("1e3", 1000.0), ("٣", None), ("\u00a01", None), ("1_0", None)]
)
def test_numbers_are_decimal_texts_in_ascii(text: str, number: float | None) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize(
    ("text", "address"),
    [(" 192.0.2.7\n", "192.0.2.7"), ("192.0.2.7\u00a0", None), ("192.0.2.07", None), ("::ffff:192.0.2.7", "192.0.2.7")],
)
def test_addresses_stand_between_blanks_of_ascii(text: str, address: str | None) -> None:
    assert address_of(text) == (ip_address(address) if address else None)
