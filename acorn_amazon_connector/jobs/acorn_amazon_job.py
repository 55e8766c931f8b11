from odoo import models


class AcornAmazonJob(models.AbstractModel):
    """What a flow does for one store. Inherit it to add a flow (A18).

    A job never schedules, locks, sleeps or retries: the task that runs it does.
    """

    _name = "acorn.amazon.job"
    _description = "Amazon Job"

    def _run(self, task):
        """Do the work of one task, checkpoint by checkpoint.

        :param task: ``acorn.amazon.task``; call ``task._checkpoint()`` after each
            unit of work that must survive a crash, and stop when it returns 0
        :return: True when nothing is left to do for now, False when time ran out
        :raise services.errors.SpApiError: as Amazon answered; the task decides
        """
        raise NotImplementedError

    def _has_waiting(self, task):
        """Whether work came in that a finished run has not seen.

        :rtype: bool
        """
        return False

    def _get_backlog(self, task):
        """How much is known to be waiting.

        :return: (number of documents, seconds until done or None when unknown)
        """
        return 0, None
