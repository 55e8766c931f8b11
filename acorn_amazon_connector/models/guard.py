"""What only the connector writes, whatever the door: screen, import, RPC (A19)."""

from odoo.exceptions import AccessError


def check_written(records, vals, names=()):
    """Refuse values of read-only fields, which screens show and RPC could set.

    :param records: that are written or created
    :param vals: names of fields, or a dict of their values
    :param names: more fields that people do not write
    :raise AccessError: names the fields
    """
    if records.env.su:
        return
    fields = records._fields
    own = [n for n in vals if n in names or (n in fields and fields[n].readonly)]
    if own:
        raise AccessError(
            records.env._(
                "Only the connector writes %(fields)s.",
                fields=", ".join(
                    fields[name]._description_string(records.env) for name in own
                ),
            )
        )


def check_created(model, vals_list, names=()):
    """Refuse values of read-only fields for new records.

    :param vals_list: of ``create``; empty values are no values
    :param names: more fields that people do not write
    :return: the model, whose context sets no such field either
    :raise AccessError: names the fields
    """
    if model.env.su:
        return model
    given = {n for vals in vals_list for n, value in vals.items() if value}
    check_written(model, given, names)
    own = {n for n, field in model._fields.items() if field.readonly}.union(names)
    guarded = {f"default_{n}" for n in own}
    context = {k: v for k, v in model.env.context.items() if k not in guarded}
    return model.with_env(model.env(context=context))
