"""Predictions read from S3, exactly once: Data Capture, asynchronous results, Batch Transform.

What queues and listings tell of becomes rows of CaptureFile (finding); each file is read
in batches, and how far it is read is committed together with what was taken (reading).
"""
