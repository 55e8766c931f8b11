"""Tables the worlds are made from: no rules here."""
