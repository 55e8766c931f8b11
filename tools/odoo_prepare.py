"""Run in Odoo's shell on the base template: keep it from calling anyone."""
# ruff: noqa: F821 (the shell provides env)

env["ir.config_parameter"].set_param("iap.endpoint", "http://127.0.0.1:9")
ping = env.ref("mail.ir_cron_module_update_notification", raise_if_not_found=False)
if ping:
    ping.active = False
env.cr.commit()
