"""Settings: read once from the environment (and `.env`), the same for the web server, workers and commands."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, FiniteFloat, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from app.base.errors import AppError

ROOT = Path(__file__).resolve().parents[2]


class Endpoint(BaseModel):
    """Where one role's words come from: an OpenAI-compatible base URL (ending in /v1) and a model name there, which
    looks at pictures or does not."""

    url: str
    model: str = ""
    key: str = "none"
    pictures: bool = False


class Settings(BaseSettings):
    """Every switch of the platform. Durations are in seconds, sizes in bytes."""

    model_config = SettingsConfigDict(env_file=".env", env_prefix="LYCEUM_", extra="ignore", populate_by_name=True)

    data: Annotated[Path, BeforeValidator(lambda given: given or ROOT / ".lyceum")] = ROOT / ".lyceum"
    """Set to nothing it is the default too, and not the folder in which somebody happens to be."""
    database_url: str = Field("", validation_alias="DATABASE_URL")
    redis_url: str = Field("", validation_alias="REDIS_URL")
    inference_url: str = Field("", validation_alias="INFERENCE_URL")
    inference_model: str = ""
    inference_key: str = "none"
    inference_pictures: bool = False
    roles: dict[str, Endpoint] = {}
    """Roles with a model of their own, as JSON: {"author": {"url": "http://...:8001/v1", "model": "..."}}."""

    reader: Literal["auto", "all", "off"] = "auto"
    """Which pages a model describes before they are taught: all; those it can see, or that show more than they say
    (auto); or none, so that descriptions are made by rule."""

    public_url: str = "http://127.0.0.1:8000"
    secure_cookies: bool = False
    escrow_secret: str = ""
    """What the keys of research releases are locked with; empty: a random one kept in the data folder."""
    demo: bool = True

    pseudonym_secret: str = ""
    """What the desk's pseudonyms are made with; empty: a random one in the data folder, run/pseudonyms.secret."""

    upload_bytes: int = 50 * 2**20
    upload_pages: int = 500
    course_bytes: int = 1024 * 2**20
    """The most that a course brought in as a file may have."""
    read_seconds: float = 300.0
    read_memory: int = 2 * 2**30

    live_first_token_seconds: float = 20.0
    live_total_seconds: float = 60.0
    author_total_seconds: float = 180.0
    author_window: int = 4
    """How many steps of writing ask the model at once, over all lessons; `up` sets 1 for the embedded server."""
    author_at_once: bool = False
    """Whether an uploaded deck is written as soon as it is read, unless its instructor says otherwise."""
    author_lease_seconds: float = 20.0
    """After how long without a sign of life a step of writing is given to another worker."""
    price_in: float = 0.0
    price_out: float = 0.0
    price_currency: str = "EUR"
    """What a million tokens cost that the author model reads and says; 0 for a model of one's own."""
    lock_seconds: FiniteFloat = Field(5.0, ge=0)
    idle_seconds: FiniteFloat = Field(60.0, ge=0)
    """How long a transaction waits for what another one holds before it gives up, and for how long nothing may be done
    in one before the database ends it. 0: the database is told nothing of it."""
    lease_seconds: float = 4.0
    absence_seconds: float = 30.0
    pace: FiniteFloat = 1.0
    """How fast a class goes on by itself: 1 is a reader's pace, 0 waits for nobody (tests, `teach`)."""
    queue_limit: int = 5000

    class_tokens: int = 400_000
    student_tokens: int = 1_500_000
    course_tokens: int = 30_000_000
    all_tokens: int = 0
    """What the language model may read and say, in tokens: in one class; for one student, in one course and in all,
    each in a day (UTC). 0: as much as it likes. A course may set tighter limits for itself."""
    live_capacity: int = 64
    """How many turns the model server takes at once before classes wait in line; `up` sets 3 for the embedded one."""

    align_loop: str = ""
    """The training recipe that the clock goes round with once a day; empty: it does not."""

    keep_prompts_days: int = 180
    keep_calls_days: int = 365
    keep_sign_ins_days: int = 30
    keep_words_days: int = 1095
    keep_tombstones_days: int = 365
    keep_audit_days: int = 1095
    keep_transfers_days: int = 14
    keep_replies_days: int = 90
    cache_bytes: int = 64 * 2**20
    """For how many days things are kept, 0 for ever: what models were given and what was refused; the account of model
    calls; sign-ins that are over; students' words, in classes where nothing happens any more and in answers to
    questions alike; what is left of erased accounts; the audit log; files brought in and taken out; replies of the
    author model that are given again to who asks the same, and the bytes that all of these may have."""

    @property
    def files(self) -> Path:
        """Uploaded decks and page pictures."""
        return self.data / "files"


@lru_cache
def get_settings() -> Settings:
    """The process's settings; `get_settings.cache_clear()` after the environment changed (tests, `up`).

    Raises AppError, which names what is set wrong, and never what it is set to: that may be a secret.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"{_spelled(*one['loc'])} ({one['msg'].lower()})" for one in error.errors()]
    except SettingsError as error:
        field = str(error).split('"')[1::2][:1]
        wrong = [f"{_spelled(field[0])} (it is not JSON)" if field else str(error)]
    raise AppError(f"Not set as it should be: {'; '.join(wrong)}. Mend or remove it, in the environment or in .env.")


def _spelled(name: int | str, *within: int | str) -> str:
    """A setting's name as people set it, and the place in it."""
    field = str(name)
    is_own = field in Settings.model_fields
    spelled = f"{Settings.model_config['env_prefix']}{field.upper()}" if is_own else field
    return " ".join([spelled, *(str(one) for one in within)])
