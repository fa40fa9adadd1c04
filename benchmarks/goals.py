"""What we want to reach, for each figure by its name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """`least` and `most` bound the value, `share` its part of the measured limit."""

    unit: str
    words: str
    least: float | None = None
    most: float | None = None
    share: float | None = None

    def shortfalls(self, value: float, limit: float | None) -> list[str]:
        """What is missing, in words; [] when it is reached."""
        said = []
        if self.least is not None and value < self.least:
            said.append(f"{plain(value)} {self.unit} is below {plain(self.least)}")
        if self.most is not None and value > self.most:
            said.append(f"{plain(value)} {self.unit} is above {plain(self.most)}")
        if self.share is not None and not limit:
            said.append("no limit was measured")
        elif self.share is not None and limit and value < self.share * limit:
            said.append(f"{value / limit:.0%} of the limit is below {self.share:.0%}")
        return said


def plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


APP_CPU_US, STEADY = 800.0, 0.3
FRAME_MS = 16.7
GOALS = {
    "first_page_s": Goal("s", "<= 5, empty home", most=5),
    "idle_pss_mb": Goal("MB", "<= 350, MLflow left out", most=350),
    "web_pss_mb": Goal("MB", "<= 130, no MLflow, no SageMaker", most=130),
    "intake_batch_rows_per_s": Goal(
        "rows/s", ">= 50 % of COPY and >= 30,000", least=30_000, share=0.5
    ),
    "intake_single_per_s": Goal(
        "1/s", ">= 20 % of one SQL call; app CPU <= 800 us", share=0.2
    ),
    "capture_records_per_s": Goal("1/s", ">= 20,000 by one worker", least=20_000),
    "client_send_us": Goal("us", "median of one send <= 50", most=50),
    "client_memory_mb": Goal("MB", "<= 10, full buffer", most=10),
    "key_to_paint_text_ms": Goal(
        "ms", "median <= one frame, p95 <= two", most=FRAME_MS
    ),
    "key_to_paint_slow_ms": Goal(
        "ms", "a text, CPU slowed 4x: median <= 40, p95 <= 80", most=40
    ),
    "key_to_paint_spans_ms": Goal("ms", "median <= 20, p95 <= 50", most=20),
    "key_to_paint_boxes_ms": Goal("ms", "median <= 20, p95 <= 50", most=20),
    "script_text_gzip_kb": Goal("KB", "<= 15", most=15),
    "script_spans_gzip_kb": Goal("KB", "<= 20", most=20),
    "script_boxes_gzip_kb": Goal("KB", "<= 20", most=20),
    "open_long_text_ms": Goal("ms", "25,000 characters, 200 spans: <= 200", most=200),
    "pan_frames_per_s": Goal("1/s", "500 boxes: >= 50", least=50),
    "csp_violations": Goal("", "0", most=0),
    "longest_task_cold_ms": Goal("ms", "cold open: <= 100", most=100),
    "cycle_per_s_10k": Goal("1/s", ">= 400", least=400),
    "cycle_p99_ms_10k": Goal("ms", "<= 40", most=40),
    "cycle_per_s_1m": Goal("1/s", ">= 400, as at 10k ± 30 %", least=400),
    "cycle_p99_ms_1m": Goal("ms", "<= 40", most=40),
    "cycle_per_s_10m": Goal("1/s", ">= 400, as at 10k ± 30 %", least=400),
    "cycle_p99_ms_10m": Goal("ms", "<= 40", most=40),
    "cycle_batched_tasks_per_s": Goal("1/s", ">= 2,500 in tens", least=2_500),
    "cycle_during_export_p99_ratio": Goal(
        "x", "<= 3 times the quiet one, no decay", most=3
    ),
    "export_jsonl_rows_per_s": Goal("rows/s", ">= 70 % of COPY", share=0.7),
    "export_manifest_rows_per_s": Goal("rows/s", ">= 70 % of COPY", share=0.7),
    "export_parquet_rows_per_s": Goal("rows/s", ">= 250,000", least=250_000),
    "export_peak_rss_mb": Goal("MB", "<= 80 above idle", most=80),
    "outbox_events_per_s": Goal("1/s", ">= 2,000 drained", least=2_000),
    "replay_1m_s": Goal("s", "<= 2, a policy replayed on 10^6", most=2),
    "pages_freeze_100k_cpu_s": Goal("s", "10^5 gold frozen: <= 6 of CPU", most=6),
    **{
        f"pages_{page}_ms": Goal(
            "ms", "10^6 predictions, 10^5 labels: <= 300", most=300
        )
        for page in (
            *("overview", "quality", "slices", "over_time", "policy", "queues"),
            *("promotions", "promotion", "study", "history", "snapshot", "rows"),
            *("rows_of_person", "person", "withdrawal"),
        )
    },
    "demo_once_s": Goal("s", "<= 60, loop closed", most=60),
}
