"""The cast: who the agents are. Each is a file of words in `prompts/`, a name, and a budget of words."""

from pydantic import BaseModel

from app.classroom.schema import Voice


class Member(BaseModel):
    """An agent of the class. `sentences` and `tokens` bound what it may say in one turn."""

    voice: Voice
    name: str
    duty: str
    sentences: int
    tokens: int


CAST: dict[Voice, Member] = {
    member.voice: member
    for member in (
        Member(voice=Voice.TEACHER, name="Dr. Okafor", duty="teacher", sentences=3, tokens=110),
        Member(voice=Voice.TUTOR, name="Mira", duty="tutor", sentences=3, tokens=110),
        Member(voice=Voice.CURIOUS, name="Nia", duty="inquisitive classmate", sentences=1, tokens=40),
        Member(voice=Voice.THINKER, name="Tomas", duty="deep-thinking classmate", sentences=2, tokens=55),
        Member(voice=Voice.CLOWN, name="Gus", duty="class clown", sentences=1, tokens=40),
    )
}
