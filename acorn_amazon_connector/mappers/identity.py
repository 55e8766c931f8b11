"""What makes two Amazon buyers or two addresses the same."""

import hashlib
import unicodedata


def normalize(text: str | None) -> str:
    """Fold case, accents, dots and spaces, so that two spellings compare equal.

    :param text: any text, None counts as empty
    :return: normalised text
    """
    decomposed = unicodedata.normalize("NFKD", text or "")
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(plain.casefold().replace(".", " ").split())


def buyer_key(order) -> str | None:
    """Identity of a buyer: Amazon's anonymised e-mail, never the name (A1).

    :param order: ``mappers.order_data.Order``
    :return: the key, None when Amazon does not tell who the buyer is
    """
    email = (order.buyer.email or "").strip().lower()
    return email or None


def address_digest(address) -> str:
    """Identity of a delivery address: every field, spelling normalised.

    :param address: ``mappers.order_data.Address``
    :return: 32 hexadecimal characters
    """
    parts = [
        address.name,
        address.company_name,
        address.line1,
        address.line2,
        address.line3,
        address.city,
        address.district,
        address.state,
        address.municipality,
        address.postal_code,
        address.country_code,
        address.phone,
    ]
    text = "\x1f".join(normalize(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
