import time
from datetime import timedelta

from odoo import models

from ..services.errors import BudgetExhausted

# Seconds; Amazon's per-second limits refill sooner than a runner could come back.
LONGEST_PAUSE = 1.5


class AcornAmazonJob(models.AbstractModel):
    """What a flow does for one store. Inherit it to add a flow (A18).

    A job never schedules, locks or retries: the task that runs it does.
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

    def _has_succeeded(self, task, finished):
        """Whether a run without an error shows that the work goes well again.

        :param bool finished: what :meth:`_run` returned
        :rtype: bool
        """
        return True

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

    def _get_pause(self, task):
        """When a finished task should run again, if not after the flow's interval.

        :return: ``timedelta`` or None
        """
        return

    def _get_turn(self, task):
        """How long a task whose time ran out lets others go first.

        :rtype: timedelta
        """
        return timedelta()

    def _call(self, call):
        """Call Amazon at the pace of a limit that refills within a second or so.

        To be used right after a checkpoint: no lock is held while it waits. A longer
        wait is raised, and the task comes back then.

        :param call: a function without arguments
        :return: what it returns
        :raise services.errors.SpApiError: as Amazon answered
        """
        while True:
            try:
                return call()
            except BudgetExhausted as exc:
                if exc.retry_after is None or exc.retry_after > LONGEST_PAUSE:
                    raise
                time.sleep(exc.retry_after)
