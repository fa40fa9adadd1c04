"""The REST API of the loop: snapshots, trainings, promotions."""
