"""The model called directly: what `bench class` compares the classes with, and where its lesson's words come from."""

import asyncio
import re
import time
from dataclasses import dataclass, field

import httpx
import orjson
import uvloop
from pydantic import JsonValue

from app.base.settings import get_settings
from app.classroom.directing.director import Act
from app.classroom.schema import Voice
from app.classroom.speech.prompting import Scene, prompt_of
from app.classroom.speech.speaking import sentences
from app.cli.bench_class_figures import middle
from app.cli.bench_class_wire import Kept, Lines, Site
from app.courses.schema import Page
from app.inference.gateway import is_local
from app.inference.schema import Prompt

MODEL_SECONDS = 300
LONGEST_SENTENCES, LONGEST_TOKENS = 12, 480
"""The budget of a reply in the bench's course, in which everything the stub says is shown."""
COURSE, TITLE = "Bench", "What we know"
_END = re.compile(r"[.!?…][\"'”’)]*\s*$")


def question(number: int) -> str:
    """A question about the page that is shown; no two alike, so that no two replies need be."""
    return f"Can you explain to me why this is so, for case {number}?"


def prompt_for(page: Page, words: str) -> Prompt:
    """The prompt with which a class would ask for an answer to these words."""
    scene = Scene(
        class_id=page.id,
        course=COURSE,
        lesson=f"{COURSE} 1",
        page=page,
        act=Act.ANSWER,
        voice=Voice.TUTOR,
        question=words,
        answers=1,
    )
    return prompt_of(scene)


def request(model: str, prompt: Prompt, tokens: int = LONGEST_TOKENS) -> JsonValue:
    """The body of a direct call, as the platform's own."""
    return {
        "model": model,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": tokens,
        "temperature": 0.2,
        "messages": [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.turn}],
    }


def served(url: str) -> str:
    """The model to ask for."""
    with httpx.Client(timeout=10, trust_env=not is_local(url)) as client:
        return get_settings().inference_model or str(client.get(f"{url}/models").json()["data"][0]["id"])


def sample(url: str, page: Page, calls: int) -> list[str]:
    """Whole sentences that the model says to questions about a page; the lesson is made from them."""
    model = served(url)

    async def run() -> list[Heard]:
        return await asyncio.gather(*(ask(Site(url), model, prompt_for(page, question(at))) for at in range(calls)))

    found = [part for heard in uvloop.run(run()) for part in sentences(["".join(heard.words)])]
    return list(dict.fromkeys(found))[:40]


@dataclass
class Heard:
    """One direct reply: its pieces, and when each came, in seconds from the request."""

    words: list[str] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    tokens: int = 0

    @property
    def sentence(self) -> float:
        """When the first sentence was whole."""
        text = ""
        for piece, at in zip(self.words, self.at, strict=True):
            text += piece
            if _END.search(text):
                return at
        return self.at[-1]


async def ask(site: Site, model: str, prompt: Prompt, tokens: int = LONGEST_TOKENS) -> Heard:
    """One reply of the model, with the time of each piece."""
    wire = await site.connect()
    heard = Heard()
    began = time.perf_counter()

    def take(_: bytes, data: bytes) -> None:
        if data.startswith(b"[DONE]"):
            return
        document = orjson.loads(data)
        heard.tokens = (document.get("usage") or {}).get("completion_tokens", heard.tokens)
        for choice in document.get("choices") or []:
            if piece := choice["delta"].get("content"):
                heard.words.append(piece)
                heard.at.append(time.perf_counter() - began)

    sent = site.post("/chat/completions", Kept(), request(model, prompt, tokens))
    async with asyncio.timeout(MODEL_SECONDS):
        await wire.send(sent, Lines(take))
    wire.close()
    return heard


@dataclass
class Direct:
    """How the model does without us. `words_at[k]`: seconds until k+1 words were whole; the rest as medians."""

    words_at: list[float]
    first_token: float
    sentences: list[float]
    words_per_token: float
    tokens_per_second: float

    def until(self, words: int) -> float:
        """Seconds until this many words were delivered."""
        return self.words_at[min(words, len(self.words_at)) - 1] if words and self.words_at else self.first_token


def measure(url: str, page: Page, streams: int, seconds: float) -> Direct:
    """Call the model directly, `streams` at a time, each again as soon as it was answered."""
    model = served(url)

    async def run() -> tuple[list[Heard], float]:
        began = time.perf_counter()

        async def one(number: int) -> list[Heard]:
            await asyncio.sleep(number / streams * min(2.0, seconds / 2))
            heard: list[Heard] = []
            while not heard or time.perf_counter() - began < seconds:
                asked = prompt_for(page, question(number * 1000 + len(heard)))
                heard.append(await ask(Site(url), model, asked))
            return heard

        found = await asyncio.gather(*(one(number) for number in range(streams)))
        return [reply for replies in found for reply in replies], time.perf_counter() - began

    heard, took = uvloop.run(run())
    heard = [one for one in heard if one.at]
    spoken = sum(one.tokens or len(one.words) for one in heard)
    said = sum(len("".join(one.words).split()) for one in heard)
    return Direct(
        words_at=_words_at(heard),
        first_token=middle([one.at[0] for one in heard]),
        sentences=[one.sentence for one in heard],
        words_per_token=said / max(1, spoken),
        tokens_per_second=spoken / took,
    )


def _words_at(heard: list[Heard]) -> list[float]:
    """For each count of words, the median time of the piece that completed that many."""
    columns: dict[int, list[float]] = {}
    for one in heard:
        text, known = "", 0
        for piece, at in zip(one.words, one.at, strict=True):
            text += piece
            count = len(text.split())
            if count == known and columns.get(count):
                columns[count][-1] = at
            for number in range(known + 1, count + 1):
                columns.setdefault(number, []).append(at)
            known = count
    return [middle(columns[number]) for number in sorted(columns)]
