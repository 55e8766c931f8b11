def post_init_hook(env):
    """Create the encryption key now, where the administrator is looking.

    A data directory that cannot be written to should fail the installation, not
    the first order.
    """
    env["acorn.amazon.keyring"]._get_keyring()
