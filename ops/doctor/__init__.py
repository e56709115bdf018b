"""Preflight (MISSION M19): what stands in the way of a deployment, each with the exact fix.

An item is a function of its surroundings that returns findings; `items.ITEMS` lists them. They run at the same time,
each within its limit, and what cannot be determined never passes.
"""

from ops.doctor.before import before_deployment
from ops.doctor.findings import Diagnosis, Finding, Status
from ops.doctor.run import examine
from ops.doctor.screen import show

__all__ = ["Diagnosis", "Finding", "Status", "before_deployment", "examine", "show"]
