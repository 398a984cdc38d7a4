"""Every setting in one place, typed, with its unit and its reason.

Each can be given as an environment variable: `TELLTALE_` and the name in capitals, `TELLTALE_SAMPLES_PER_SECOND=8`.
"""

from functools import cache
from pathlib import Path
from typing import Literal

from croniter import croniter
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
FEWEST_SAMPLES = 0.1  # frames of each second: who is there for less than ten of them is missed


class Settings(BaseSettings):
    """What one desk runs with."""

    model_config = SettingsConfigDict(env_prefix="TELLTALE_", frozen=True)

    # Where things lie
    home: Path = Field(
        ROOT / "data", description="database, originals, artifacts, models; `scripts.backup` saves it"
    )
    models: Path = Field(ROOT / "models", description="one folder for each detector: weights and card")
    runs: Path = Field(ROOT / "runs", description="one folder for each training run of a generator")
    face_models: Path = Field(
        ROOT / "cache" / "face_models", description="MediaPipe's networks, fetched by setup"
    )
    detector: str = Field("blend", description="folder under `models` of the detector that comes with the project")
    database_url: str = Field(
        "", description="postgresql://user:password@host/name, for several workers; empty for SQLite in `home`"
    )

    storage_url: str = Field(
        "", description="where machines share files: file:///mnt/desk, s3://bucket/desk; empty: `home` is all there is"
    )

    # What is let in
    max_bytes: int = Field(4 * 2**30, gt=0, description="largest file, bytes")
    max_duration: float = Field(4 * 3600, gt=0, description="longest clip, s")
    max_pixels: int = Field(
        8192 * 8192, gt=0, description="largest picture, width × height: a bomb decodes to more"
    )
    max_streams: int = Field(32, gt=0, description="most streams in a container")

    # How a clip is looked at
    samples_per_second: float = Field(
        4.0, gt=0, le=60, description="frames searched for faces, per second of clip"
    )
    most_samples_per_second: float = Field(
        30.0, gt=0, le=60, description="the most of them that somebody may ask for; an analysis takes as much longer"
    )
    min_samples: int = Field(32, gt=0, description="frames looked at in a short clip, where it has them")
    max_samples: int = Field(
        4800, gt=0, description="frames looked at in the longest clip: 20 minutes at 4 a second"
    )
    heatmaps: int = Field(8, ge=0, description="frames that get a heatmap, those that weigh most first")
    batch_size: int = Field(16, gt=0, description="face crops scored at once")

    # Where files come from
    watched_folder: Path | None = Field(
        None,
        description="folder whose new videos and pictures are taken in by themselves; the same for all workers that "
        "are told of it; none: nothing comes in by itself",
    )
    watched_quiet: float = Field(
        10.0, ge=0, description="a file there is taken in once it stayed the same for so long, s"
    )
    link_hosts: str = Field(
        "",
        description="sites whose pages clips may be fetched from, such as `youtube.com, vimeo.com`, until an admin "
        "chooses others on the page System; empty: none",
    )
    link_seconds: float = Field(1800.0, gt=0, description="longest fetching of a clip before it is given up, s")
    c2pa_trust: Path | None = Field(
        None, description="PEM file of the certificates whose Content Credentials count as trusted; none is shipped"
    )
    # Who may come in
    sign_in: Literal["off", "local", "oidc"] = Field(
        "off", description="off: one person, on this machine only; local: accounts of ours; oidc: a provider's"
    )
    session_hours: float = Field(12.0, gt=0, description="how long somebody stays signed in, h")
    idle_minutes: float = Field(60.0, gt=0, description="after which somebody who does nothing is signed out, min")

    # Which detector judges
    shadow_share: float = Field(
        0.2,
        ge=0,
        le=1,
        description="share of new files that a candidate looks at too, when nothing else waits: what it says is shown "
        "on the page Models and nowhere else; 0 for none",
    )

    # How people judge
    first_look: bool = Field(
        False,
        description="ask each analyst for an impression of her own before Review shows her the machine's band: it "
        "guards against leaning on the machine, and costs a minute a file. Turned on later, it also asks about files "
        "that were opened before",
    )

    # Programs
    api_requests: int = Field(240, gt=0, description="requests of one user to the API, a minute")

    # What leaves the desk
    outlet_name: str = Field("Verification desk", min_length=1, description="in whose name reports are given")
    outlet_logo: Path | None = Field(None, description="PNG or JPEG on the first page of a report")
    report_frames: int = Field(
        6, ge=0, description="key frames of each exhibit in a report, those that weigh most first"
    )

    # Learning from the desk
    reference: Path | None = Field(
        None, description="folder of manifests and their files, on which a new detector must show what it is worth"
    )
    base_faces: Path = Field(
        ROOT / "cache" / "faces", description="face sets that a detector is reminded of while it learns new ones"
    )
    retrain_plan: Path = Field(ROOT / "configs" / "retrain.toml", description="how it learns, and what the gate asks")
    retrain_cron: str = Field("0 2 * * *", description="when the desk looks whether to learn, UTC; empty for never")
    retrain_verdicts: int = Field(25, gt=0, description="new confirmed verdicts that are worth a night")
    retrain_minutes: float = Field(120.0, gt=0, description="that a night may take")
    retrain_device: Literal["cpu", "cuda"] = Field(
        "cpu", description="what a night learns on; one that needs a GPU (cuda) waits for a worker that has one"
    )
    retrain_nice: int = Field(15, ge=0, le=19, description="how far learning gives way to everything else")
    retrain_generators: tuple[Path, ...] = Field((), description="runs whose pictures are added where time is left")

    # The lab
    lab_nice: int = Field(15, ge=0, le=19, description="how far training gives way to everything else")

    # How long things are kept; a worker deletes what is due every night, unless it is under legal hold
    keep_closed_cases: int | None = Field(None, gt=0, description="days after it was closed; none: for ever")
    keep_loose_files: int | None = Field(
        None, gt=0, description="days that a file in no case is kept after it was last analysed; none: for ever"
    )

    # Who watches it
    metrics_token: SecretStr | None = Field(
        None, description="whoever sends it may read /healthz and /metrics; none: programs on this machine alone"
    )

    log_format: Literal["plain", "json"] = Field(
        "plain", description="what processes tell of their work: lines for people, or JSON for programs"
    )

    # The worker
    workers: int = Field(
        1, gt=0, description="worker processes that a machine runs; each analyses one file at a time"
    )
    worker_takes: Literal["all", "analyses", "learning"] = Field(
        "all", description="what the workers of this machine take: learning is nights and the lab's runs"
    )
    gpu: bool = Field(
        True, description="use this machine's GPU where it has one: to score, and to take what must learn on one"
    )
    drain_seconds: int = Field(
        0, ge=0, description="what a worker that is told to stop may go on with its job, before it hands it back, s"
    )
    analysis_memory: int = Field(4 * 2**30, gt=0, description="memory of the process that decodes, bytes")
    analysis_seconds: float = Field(2 * 3600, gt=0, description="longest analysis before it is given up, s")

    @field_validator("retrain_cron")
    @classmethod
    def _is_cron(cls, given: str) -> str:
        if given and not croniter.is_valid(given, second_at_beginning=True):
            raise ValueError(f"{given!r} is no moment of a clock. Write it as cron does: 0 2 * * * is two every night.")
        return given

    def sampling(self, rate: float | None) -> "Settings":
        """These settings with another number of frames a second to look at; None leaves it as it is."""
        return self if rate is None else self.model_copy(update={"samples_per_second": rate})

    @property
    def shipped_detector(self) -> Path:
        """The folder of the detector that came with the project; which one serves is the database's to say."""
        return self.models / self.detector

    def resolved_database_url(self) -> str:
        """The database that desk and worker share, with its driver, as SQLAlchemy wants it."""
        for plain in ("postgresql://", "postgres://"):
            if self.database_url.startswith(plain):
                return "postgresql+psycopg://" + self.database_url.removeprefix(plain)
        return self.database_url or f"sqlite:///{self.home / 'telltale.sqlite'}"


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
