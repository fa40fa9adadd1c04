"""Messages of an SQS queue: received, and deleted once what they say is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from projects.storage import Rejected
from registry_bridge.gateways import aws_errors
from registry_bridge.gateways.shelves import Message

_REGION = re.compile(r"https://sqs\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?/")
# What SQS gives and takes in one call.
MOST = 10


def region_of(url: str) -> str | None:
    """The region that a queue's URL names."""
    found = _REGION.match(url)
    return found[1] if found else None


class Queue:
    """A queue of SQS, by a client that gateways/aws made."""

    def __init__(self, client: Any, url: str) -> None:
        self.client, self.url = client, url

    def receive(self) -> list[Message]:
        with aws_errors.named("sqs:ReceiveMessage", self.url):
            answer = self.client.receive_message(
                QueueUrl=self.url, MaxNumberOfMessages=MOST, WaitTimeSeconds=0
            )
        return [
            Message(each["Body"], each["ReceiptHandle"])
            for each in answer.get("Messages", ())
        ]

    def delete(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        entries = [
            {"Id": str(at), "ReceiptHandle": each.receipt}
            for at, each in enumerate(messages)
        ]
        with aws_errors.named("sqs:DeleteMessage", self.url):
            answer = self.client.delete_message_batch(
                QueueUrl=self.url, Entries=entries
            )
        if any(each["SenderFault"] for each in answer.get("Failed", ())):
            first = answer["Failed"][0]
            raise Rejected(f"SQS did not delete a message: {first.get('Message', '')}")
