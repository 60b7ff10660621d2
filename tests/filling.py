"""Which templates were filled by the tests of pages, over all the processes of a run.

Each process notes its own; the one that hands out the files asks for these notes when all have ended, as only then is
it known what nobody filled. A run in one process is told by the test itself.
"""

from pathlib import Path

import pytest

from app.web import pages

FOLDER = Path(__file__).parent / "web"
TEST = "tests/web/test_zz_templates.py::test_every_template_was_filled_by_some_test_of_this_folder"
LATER = "told at the end of the run, when every process has ended"


def unfilled(filled: set[str]) -> set[str]:
    """The templates there are and that are not among `filled`."""
    return {str(one.relative_to(pages.TEMPLATES)) for one in pages.TEMPLATES.rglob("*.html")} - filled


class Filling:
    """A plugin of the run: what was filled, and in several processes the judgement at the end."""

    def __init__(self) -> None:
        self.filled: set[str] = set()
        self.asked = False
        """Whether somewhere the test came to its turn in a run of the whole folder."""
        self.lost = False
        """Whether a process ended without its notes. That is a failure of its own, and here nothing is known then."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """A process of this run has ended, by xdist's account."""
        notes = getattr(node, "workeroutput", None) or {}
        self.lost = self.lost or "filled" not in notes
        self.filled |= set(notes.get("filled", ()))
        self.asked = self.asked or bool(notes.get("asked"))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Hand the notes over, or judge by those that came; not after a run that was cut short."""
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput.update(filled=sorted(self.filled), asked=self.asked)
            return
        decided = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if not (session.config.pluginmanager.has_plugin("dsession") and decided and self.asked) or self.lost:
            return
        if missing := unfilled(self.filled):
            self._fail(session, f"no test of {FOLDER.name}/ filled {', '.join(sorted(missing))}")

    def _fail(self, session: pytest.Session, words: str) -> None:
        file, _, name = TEST.partition("::")
        report = pytest.TestReport(TEST, (file, None, name), {}, "failed", words, "call")
        session.config.hook.pytest_runtest_logreport(report=report)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
