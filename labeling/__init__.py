"""What an answer is: schemas, payloads, tasks, annotations and gold."""
