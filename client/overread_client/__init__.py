"""Posts predictions to Overread in the background; never slows or fails the endpoint."""

from __future__ import annotations

from overread_client.client import Client
from overread_client.counts import Counts
from overread_client.sagemaker import inference_id

__all__ = ["Client", "Counts", "inference_id"]
