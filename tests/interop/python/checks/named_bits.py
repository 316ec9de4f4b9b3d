"""One rule of DER that pycrate does not enforce: a BIT STRING with named bits ends in a 1 bit."""

from __future__ import annotations


def untrimmed(codec, value, name: str = "") -> str | None:
    """The name of the first field in a decoded value that breaks the rule, or none."""
    match codec.TYPE:
        case "SEQUENCE" | "SET":
            for field, inner in value.items():
                if field in codec._cont and (found := untrimmed(codec._cont[field], inner, field)):
                    return found
        case "SEQUENCE OF" | "SET OF":
            for inner in value:
                if found := untrimmed(codec._cont, inner, name):
                    return found
        case "CHOICE":
            chosen, inner = value
            if chosen in codec._cont:
                return untrimmed(codec._cont[chosen], inner, chosen)
        case "BIT STRING":
            if codec._cont and isinstance(value, tuple) and value[1] > 0 and not value[0] & 1:
                return name or "a BIT STRING"
    return None
