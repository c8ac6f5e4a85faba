// LEAVING: on to Explore, in one step of the browser's history, so that Back returns to this page.

// Streamlit empties the address before it leaves, and writes each setting of the next page into it
// as a step of its own. Until a hand does something, these are all one.
function asOneStep() {
  const push = history.pushState, here = location.pathname;
  let left = false;
  history.pushState = function (state, title, address) {
    if (new URL(address, location.href).pathname === here) return;
    if (left) history.replaceState(state, title, address);
    else push.call(history, state, title, address);
    left = true;
  };
  const hands = ["pointerdown", "keydown", "popstate"];
  const end = () => {
    history.pushState = push;
    hands.forEach((kind) => removeEventListener(kind, end, true));
  };
  hands.forEach((kind) => addEventListener(kind, end, true));
}

export default function ({ data }) {
  if (!data.go) return;
  asOneStep();
  document.querySelector(".st-key-unused-way a").click();
}
