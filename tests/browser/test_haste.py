"""A quick hand: what is chosen while an answer is still on its way is not lost."""

from browser.explore import Explore, expected
from browser.hands import until


def test_a_choice_survives_the_next_one_made_before_the_answer(server, chromium):
    context = chromium.new_context(viewport={"width": 1440, "height": 960})
    page, lines, held = context.new_page(), [], []

    def relay(line):
        lines.append(line)
        line.connect_to_server().on_message(
            lambda answer: held.append(answer) if slow else line.send(answer)
        )

    def heard():
        page.evaluate("0")  # Playwright hears of messages only while it is asked something
        return len(held)

    slow = False
    page.route_web_socket("**/_stcore/stream", relay)
    explore = Explore(page, server)
    explore.open("?a=cat&b=coffee")
    page.get_by_text("Lite0 ready").wait_for()  # after this, only the person makes it run
    explore.settle()
    slow = True
    explore.box("method").locator("input").click()
    page.get_by_role("option", name="FMix").click()
    until(lambda: heard() > 10, "the answer to the method, on its way")
    before = len(held)
    field = explore.box("seed").locator("input")
    field.fill("41")
    field.press("Enter")
    until(lambda: heard() > before + 10, "the answer to the seed")
    slow = False
    for answer in held:
        lines[-1].send(answer)
    explore.shows(expected("fmix", seed=41)[0])
    context.close()
