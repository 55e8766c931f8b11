"""What a button tells the person who pressed it."""


def warn(title, message):
    """Return an action that warns until it is closed, and shows the screen anew.

    :param str title: what did not happen
    :param str message: why, a line for each record
    :rtype: dict
    """
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {
            "type": "warning",
            "sticky": True,
            "title": title,
            "message": message,
            "next": {"type": "ir.actions.client", "tag": "soft_reload"},
        },
    }
