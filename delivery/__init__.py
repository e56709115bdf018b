"""What the delivery pipeline does, as data: CodePipeline and the laptop's run are both made from it."""

from delivery.plan import DeliveryPlan, StagePlan, delivery_plan
from delivery.settings import DeliveryFileError
from delivery.step import Kind, Needs, Phase, Step

__all__ = ["DeliveryFileError", "DeliveryPlan", "Kind", "Needs", "Phase", "StagePlan", "Step", "delivery_plan"]
