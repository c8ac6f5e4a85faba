// LEAVING: on to Explore by a link, so that Back returns to this page, where it stood.

const LEFT = "mixscope-left"; // where the page stood when it was left: {at, top}, for its return
const WAIT = 60000; // milliseconds that a page may take to be as long again as it was

const main = () => document.querySelector("[data-testid=stMain]");
const here = () => location.pathname + location.search;

// Back to where the page stood, as soon as it is long enough; a hand that scrolls goes first.
function comeBack() {
  const left = JSON.parse(sessionStorage.getItem(LEFT) ?? "null");
  if (left?.at !== here()) return;
  sessionStorage.removeItem(LEFT);
  const end = performance.now() + WAIT, hands = ["wheel", "pointerdown", "keydown"];
  let rest = 0, taken = false;
  const take = () => { taken = true; };
  hands.forEach((kind) => addEventListener(kind, take, true));
  const timer = setInterval(() => {
    const page = main();
    if (page && page.scrollHeight - page.clientHeight >= left.top) {
      rest = Math.abs(page.scrollTop - left.top) < 2 ? rest + 1 : 0; // drawing may shift it again
      if (!taken) page.scrollTop = left.top;
    }
    if (!taken && rest < 15 && performance.now() < end) return;
    clearInterval(timer);
    hands.forEach((kind) => removeEventListener(kind, take, true));
  }, 100);
}

export default function ({ data }) {
  if (!data.go) return comeBack();
  sessionStorage.setItem(LEFT, JSON.stringify({ at: here(), top: main().scrollTop }));
  document.querySelector(".st-key-unused-way a").click();
}
