// FRONT: the frame of the page stands until the page can take its place in one step, so that nothing
// jumps: the script rests, no part is still to be fetched, and the pad has painted. Once, at arrival.
const STUCK = 5000, LONGEST = 60000; // milliseconds after which what there is is shown
const classes = document.documentElement.classList, begun = performance.now();
const has = (css) => Boolean(document.querySelector(css));
let rests = null; // since when the script rests

function isWhole() {
  if (has("[data-testid=stException], [data-testid=stMain] [data-testid=stSpinner]")) return true;
  if (!has("[data-testid=stApp][data-test-script-state=notRunning] [data-testid=stMain] .stVerticalBlock")) return false;
  rests ??= performance.now();
  return !has("[data-testid=stMain] [data-testid=stSkeleton]") && (!has(".st-key-parcels") || has(".pad-picture[aria-label]"));
}

function isLate() {
  const now = performance.now();
  return now - begun > LONGEST || (rests !== null && now - rests > STUCK);
}

function look() {
  if (!isWhole() && !isLate()) requestAnimationFrame(look);
  else requestAnimationFrame(() => requestAnimationFrame(() => classes.remove("arriving")));
}

document.querySelector(".front").dataset.page = location.pathname.split("/").pop();
classes.add("arriving");
look();
