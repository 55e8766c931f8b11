"""Tasks for people: one of a kind per record."""

MODULE = "acorn_amazon_onboarding"


def ask(record, kind, user, **values):
    """Give somebody a task about a record, unless it has one of this kind.

    :param str kind: an activity type of this addon, without ``activity_``
    :param user: ``res.users``
    :param values: as ``activity_schedule`` takes them
    """
    activity = f"{MODULE}.activity_{kind}"
    if not record.activity_search([activity]):
        record.activity_schedule(activity, user_id=user.id, **values)


def end(records, kind):
    """Note the tasks of one kind about records as done."""
    records.activity_feedback([f"{MODULE}.activity_{kind}"])
