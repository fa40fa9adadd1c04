"""Tags, of anything that has an ARN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Tags:
    def __init__(self) -> None:
        self.tags: dict[str, dict[str, str]] = {}

    def put(self, arn: str, tags: Sequence[dict[str, str]]) -> None:
        found = self.tags.setdefault(arn, {})
        found.update({each["Key"]: each["Value"] for each in tags})

    def add_tags(self, params: dict[str, Any]) -> dict[str, Any]:
        self.put(params["ResourceArn"], params["Tags"])
        return self.list_tags(params)

    def list_tags(self, params: dict[str, Any]) -> dict[str, Any]:
        found = self.tags.get(params["ResourceArn"], {})
        return {"Tags": [{"Key": key, "Value": value} for key, value in found.items()]}

    def delete_tags(self, params: dict[str, Any]) -> None:
        for key in params["TagKeys"]:
            self.tags.get(params["ResourceArn"], {}).pop(key, None)
