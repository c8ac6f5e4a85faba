// ONE STEP: whoever goes to another page by a link makes one step in the browser's history, so that
// Back returns to the page that was left, as it was left, and Forward goes on again.
//
// Streamlit empties the address before it leaves a page, and writes what is set on the next one into
// it bit by bit, each a step of its own. And what is still on its way from the page that was left (a
// run that goes on, a field that speaks late, a clock) would take the browser there again. So every
// write to the address passes here, and `mode` says what becomes of it:
//   rests    it is a step of its own
//   leaves   dropped: a link was followed, and Streamlit empties the address that is left
//   settles  it belongs to the step that led here, until a hand does something
//   waits    dropped: after Back or Forward the address holds, until a run that knows of it draws

const LINKS = ["stTopNavLink", "stSidebarNavLink", "stPageLink-NavLink"].map((id) => `[data-testid=${id}]`).join();
const PATIENCE = 1000, SOON = 100; // milliseconds until the page of the address is asked for again

const busy = () => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState !== "notRunning";

function watch() {
  const { pushState, replaceState } = History.prototype;
  let mode = "rests", mayGo = false, heard = 0, before = 0, patience = PATIENCE, timer = 0;

  function wait(time) {
    [mode, before, patience] = ["waits", heard, time];
    clearTimeout(timer);
    timer = setTimeout(look, time);
  }

  // A run that was asked for later may have taken the place of the one for this address.
  function look() {
    if (mode !== "waits") return;
    if (busy()) timer = setTimeout(look, SOON);
    else dispatchEvent(new PopStateEvent("popstate"));
  }

  history.pushState = (...entry) => {
    const away = new URL(entry[2] ?? "", location.href).pathname !== location.pathname;
    if (away && mayGo && mode !== "waits") {
      [mode, mayGo] = ["settles", false];
      pushState.apply(history, entry);
    } else if (away) {
      if (mode !== "waits") wait(SOON); // no link leads there: a late run of a page that was left
    } else if (mode === "rests") pushState.apply(history, entry);
    else if (mode === "settles") replaceState.apply(history, entry);
  };
  history.replaceState = (...entry) => {
    if (mode !== "waits") replaceState.apply(history, entry);
  };

  function step({ isTrusted }) {
    mayGo = false;
    if (location.hash) mode = "settles"; // within the page: Streamlit draws nothing
    else wait(isTrusted ? PATIENCE : Math.max(PATIENCE, 2 * patience));
  }

  function touch() {
    if (mode === "leaves" || (mode === "settles" && !busy())) mode = "rests";
  }

  function follow(event) {
    const link = event.target.closest?.(LINKS);
    const apart = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (link && !apart && link.ariaCurrent !== "page") [mode, mayGo] = ["leaves", true];
  }

  const hears = { click: follow, popstate: step, pointerdown: touch, keydown: touch };
  for (const [kind, hear] of Object.entries(hears)) addEventListener(kind, hear, true);

  return ({ steps, page, home }) => {
    heard = steps;
    const asked = location.pathname.split("/").pop() || home;
    if (mode === "waits" && heard !== before && page === asked) mode = "settles";
  };
}

export default function ({ data }) {
  globalThis.mixscopeHear ??= watch(); // once a window: the component itself comes and goes
  globalThis.mixscopeHear(data);
}
