// ONE STEP: whoever goes to another page by a link makes one step in the browser's history, so that
// Back returns to the page that was left, as it was left, and Forward goes on again.

// Streamlit empties the address before it leaves a page, and writes what is set on the next one into
// it bit by bit, each a step of its own. Until a hand does something there, all this is one.
const LINKS = ["stTopNavLink", "stSidebarNavLink", "stPageLink-NavLink"].map((id) => `[data-testid=${id}]`).join();

// While no page is changed, history.pushState is the browser's own, that of its prototype.
const release = () => { delete history.pushState; };

function leave() {
  const here = location.pathname;
  history.pushState = (state, title, address) => {
    if (new URL(address, location.href).pathname === here) return; // it would be emptied
    release();
    history.pushState(state, title, address);
    arrive();
  };
}

// What a page writes into its address while it settles belongs to the step that led to it. Were it a
// step of its own after Back, there would be no way Forward.
function arrive() { history.pushState = history.replaceState; }

const settles = () => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState !== "notRunning";

function touch() {
  const arrives = history.pushState === history.replaceState;
  if (!(arrives && settles())) release();
}

function follow(event) {
  const link = event.target.closest?.(LINKS);
  const apart = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (link && !apart && link.ariaCurrent !== "page") leave(); // where it leads, not every link says
}

const HEARD = { click: follow, popstate: arrive, pointerdown: touch, keydown: touch };

export default function () {
  for (const [kind, heard] of Object.entries(HEARD)) addEventListener(kind, heard, true);
  return () => {
    for (const [kind, heard] of Object.entries(HEARD)) removeEventListener(kind, heard, true);
  };
}
