"""What a person does on the pages, in a real browser: sign in, make a lesson, join, ask, leave."""

from playwright.sync_api import Page, Route, expect


def sign_in(page: Page, email: str, password: str) -> None:
    """Through the sign-in page, as people do."""
    page.goto("/sign-in")
    page.fill("#email", email)
    page.fill("#password", password)
    page.click("main button[type=submit]")
    page.wait_for_url("**/")


def prepare_lesson(page: Page, deck: bytes, seconds: float) -> str:
    """Make a course, upload a deck, wait until it is written, approve it; returns a join code."""
    page.goto("/courses/new")
    page.fill("#title", "A short lecture")
    page.click("main button[type=submit]")
    page.wait_for_url("**/courses/*-*")
    course = page.url
    page.set_input_files("#deck", {"name": "lecture.pptx", "mimeType": "application/zip", "buffer": deck})
    page.click("#upload button[type=submit]")
    page.wait_for_url("**/lessons/*")
    page.get_by_role("button", name="Write the lesson").click(timeout=240_000)
    approve = page.locator("[data-approve]")
    expect(approve).to_be_enabled(timeout=1000 * seconds)
    approve.click()
    page.wait_for_url("**/lessons/*")
    page.goto(f"{course}/people")
    page.click("text=/Open a (new )?code/")
    return page.locator(".big-code").first.inner_text()


def join_course(page: Page, code: str) -> None:
    """A new account by a join code, with yes to teaching; ends on the course's page."""
    page.goto("/sign-up")
    told = {"code": code, "name": "Robin", "email": "robin@school.example", "password": "long enough"}
    for name, value in told.items():
        page.fill(f"#{name}", value)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/sign-up" not in url)
    if "/courses/" not in page.url:
        page.click("a.card")
    page.wait_for_url(lambda url: "/privacy/ask" in url)
    page.get_by_role("switch", name="Show my instructors").check()
    page.click("main button[type=submit]")
    page.wait_for_url("**/courses/*-*")


def attend(page: Page) -> None:
    """From the course's page into the class."""
    page.click("main button:has-text('Attend')")
    page.wait_for_url("**/classes/*")
    expect(page.locator(".stage-picture")).to_be_visible()


def ask(page: Page, words: str) -> None:
    """Say something in the class; returns once it is in the conversation."""
    page.fill("#say-words", words)
    page.press("#say-words", "Enter")
    expect(page.locator(".said.own .said-words").last).to_have_text(words)


def answer_after(page: Page, words: str, seconds: float = 30) -> str:
    """The finished answer of teacher or tutor that comes after the student's words."""
    entry = f".said.own:has-text({words!r}) ~ .said:is([data-voice=tutor], [data-voice=teacher]):not(.open)"
    answer = page.locator(entry).first
    expect(answer.locator(".said-words")).not_to_be_empty(timeout=1000 * seconds)
    expect(answer.locator(".ahead")).to_have_count(0)
    return answer.locator(".said-words").inner_text()


def be_taught(page: Page, seconds: float) -> int:
    """Stay until every page was shown; returns how many there are."""
    dots = page.locator(".dots button")
    expect(page.locator(".dots button.reached")).to_have_count(dots.count(), timeout=1000 * seconds)
    return dots.count()


def pause(page: Page) -> None:
    """Pause, and wait until nobody speaks any more."""
    page.click("[data-verb=pause]")
    expect(page.locator("[data-class]")).to_have_attribute("data-status", "paused")
    for unfinished in (".said.open", ".said .ahead"):
        expect(page.locator(unfinished)).to_have_count(0)


def end_class(page: Page) -> None:
    """End the class and confirm; on a narrow screen the button is in the menu."""
    if not page.locator("[data-verb=end]").is_visible():
        page.click(".more > summary")
    page.click("[data-verb=end]")
    page.click("[data-verb=end-now]")
    expect(page.locator(".end-card")).to_be_visible()


class UnderWay:
    """What the page asks of an address from now on: it waits for its answer until `go_on`. `asked` is all of it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.asked: list[Route] = []
        page.route(address, lambda route: self.asked.append(route))
        self._settle()

    def _settle(self) -> None:
        """Wait until the page knows as well: the browser answers a moment before, in which nothing is held yet."""
        self.page.route("**/health?held", lambda route: route.fulfill(status=204))
        while self.page.evaluate("fetch('/health?held').then((answer) => answer.status)") != 204:
            self.page.wait_for_timeout(20)
        self.page.unroute("**/health?held")

    def is_there(self) -> None:
        """Wait until the page has asked."""
        for _ in range(1000):
            if self.asked:
                return
            self.page.wait_for_timeout(20)
        at = self.page.evaluate("document.activeElement.outerHTML")
        raise TimeoutError(f"nothing was asked of {self.address}; the keyboard is at {at[:200]} of {self.page.url}")

    def go_on(self) -> None:
        """Answer the first."""
        self.asked[0].continue_()

    def no_more(self) -> None:
        """From now on all is answered at once."""
        self.page.unroute(self.address)
