"""GSM8K (Cobbe et al., arXiv 2110.14168): word problems, each with a worked solution that ends in `#### ANSWER`."""

import re
from collections.abc import Iterator

from app.alignment.datasets.reading import Reader, json_lines, words
from app.alignment.datasets.schema import Format, Problem
from app.alignment.schema import Line

_SUM = re.compile(r"<<[^<>]*>>")


def read(text: str, name: str, reader: Reader) -> Iterator[Line | Problem]:
    """The problems of a file of JSON lines."""
    for place, found in json_lines(text, name, reader):
        question, (solution, _, result) = words(found.get("question")), words(found.get("answer")).partition("####")
        if not question or not result.strip():
            reader.drop("no question, or no answer after ####", place)
            continue
        yield Problem(
            id=place,
            conversation=f"{Format.GSM8K.value}:{place}",
            source=Format.GSM8K.value,
            question=question,
            answer=result.strip().replace(",", ""),
            solution=_SUM.sub("", solution).strip(),
        )
