"""How identities are declared: a function that mints one, with what is to be said about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from certs.minting import Minted, Workshop


class Recipe(NamedTuple):
    """How an identity is made, and what is to be said about it."""

    make: Callable[[Workshop], Minted]
    about: str
    defect: str | None


RECIPES: dict[str, Recipe] = {}


def identity(
    defect: str | None = None,
) -> Callable[[Callable[[Workshop], Minted]], Callable[[Workshop], Minted]]:
    """Declare an identity by the function that mints it."""

    def declare(make: Callable[[Workshop], Minted]) -> Callable[[Workshop], Minted]:
        about = (make.__doc__ or "").strip()
        RECIPES[make.__name__.lstrip("_")] = Recipe(make, about, defect)
        return make

    return declare
