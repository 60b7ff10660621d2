"""`./lyceum align import`: published tutoring data from files, each as a named source for recipes."""

import argparse
from pathlib import Path

from app.alignment.datasets import service as datasets
from app.alignment.datasets.schema import Format
from app.base.console import say, say_table
from app.base.embedded.address import use_environment, use_running


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb."""
    parser = verbs.add_parser("import", help="bring in tutoring data: Bridge, MRBench pairs, CIMA, GSM8K, JSON lines")
    parser.add_argument("format", choices=[one.value for one in Format])
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--name", default="", help="what recipes call the source (default: the format)")
    parser.add_argument("--licence", default="", help="what its authors allow; needed for plain JSON lines")
    parser.add_argument("--title", default="", help="what it is, for the cards of data sets")
    parser.add_argument("--check", action="store_true", help="only say what would be taken and what not")
    parser.add_argument("--data", type=Path, help="the data folder of the platform")
    parser.set_defaults(run=run)


def use_data(data: Path | None) -> None:
    """Work on this data folder, with the parts of the platform that runs there, if one does."""
    if data:
        use_environment({"LYCEUM_DATA": str(data.expanduser().resolve())})
    use_running(data)


def run(chosen: argparse.Namespace) -> int:
    """Import, and say what was taken, what was left out and why."""
    use_data(chosen.data)
    told = (Format(chosen.format), chosen.files, chosen.name, chosen.licence, chosen.title)
    source = datasets.read_files(*told).source if chosen.check else datasets.import_files(*told)
    say(f"{source.title} ({source.licence}), {source.conversations:,} conversations")
    say_table([[kind, count] for kind, count in source.taken.items() if count], ("taken", "lines"))
    if source.dropped:
        rows = [[one.reason, one.count, ", ".join(one.places)] for one in source.dropped]
        say_table(rows, ("left out because", "lines", "first at"))
    say("Nothing was kept (--check)." if chosen.check else f"Kept as source “{source.name}”.")
    return 0
