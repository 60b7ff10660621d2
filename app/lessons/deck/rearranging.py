"""Moving where the parts and sections of a deck begin, with what is said of them: one step at a time, and pure."""

from enum import StrEnum

from app.lessons.deck.structure import MOST_COMPONENTS, MOST_OBJECTIVES, Node, Section, Structure, build


class Step(StrEnum):
    """What can be done where a part or a section begins: begin a page earlier or later, or join what is before."""

    EARLIER = "earlier"
    LATER = "later"
    MERGE = "merge"


def rearranged(structure: Structure, step: Step, page: int) -> Structure:
    """The tree after one step at the part or section that begins with a page. A step that leads nowhere (a section of
    one page cannot give it away, nothing is before the first) leaves the tree as it is.
    """
    tree = _Tree(structure)
    if page not in tree.starts or page == tree.numbers[0]:
        return structure
    if step is Step.MERGE:
        tree.merge(page)
    else:
        tree.move(page, -1 if step is Step.EARLIER else 1)
    return tree.built().model_copy(update={"revision": structure.revision})


class _Tree:
    """A structure as its starts, with the nodes by their first page."""

    def __init__(self, structure: Structure) -> None:
        sections = [one for part in structure.parts for one in part.sections]
        self.numbers = [page for one in sections for page in one.pages]
        self.starts = structure.starts
        self.parts: dict[int, Node] = {part.sections[0].pages[0]: part for part in structure.parts}
        self.sections: dict[int, Node] = {one.pages[0]: one for one in sections}

    def move(self, page: int, by: int) -> None:
        at = self.numbers.index(page) + by
        if at >= len(self.numbers) or at == 0 or self.numbers[at] in self.starts:
            return
        for nodes in (self.parts, self.sections):
            if page in nodes:
                nodes[self.numbers[at]] = nodes.pop(page)
        self.starts[self.numbers[at]] = self.starts.pop(page)

    def merge(self, page: int) -> None:
        """A part joins the part before it as a section; a section's pages and aims go to the section before."""
        if self.starts[page] == "part":
            before = max(one for one in self.parts if one < page)
            self.parts[before] = _joined(self.parts[before], self.parts.pop(page))
            self.starts[page] = "section"
        else:
            before = max(one for one in self.sections if one < page)
            self.sections[before] = _joined(self.sections[before], self.sections.pop(page))
            del self.starts[page]

    def built(self) -> Structure:
        return build(self.numbers, self.starts, {}, self.parts, self.sections)


def _joined(one: Node, other: Node) -> Node:
    """The first with the other's aims; its title stays. What would be too many is left out."""
    objectives = list(dict.fromkeys([*one.objectives, *other.objectives]))[:MOST_OBJECTIVES]
    components = list(dict.fromkeys([*one.components, *other.components]))[:MOST_COMPONENTS]
    joined = Node(title=one.title, objectives=objectives, components=components)
    if not (isinstance(one, Section) and isinstance(other, Section)):
        return joined
    # A gate stands at the end, which is the other's now.
    return Section(**joined.model_dump(), pages=[], gate=other.gate or one.gate)
