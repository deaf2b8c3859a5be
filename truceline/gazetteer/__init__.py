"""Names of places -> places. A name that nothing knows is not guessed."""

from truceline.gazetteer.places import Gazetteer, Place, load_gazetteer

__all__ = ["Gazetteer", "Place", "load_gazetteer"]
