"""What follows for models: snapshots, gates, trainings, promotions, deployments."""

from __future__ import annotations
