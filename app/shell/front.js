// FRONT: the frame of the page stands until the page can take its place in one step, so that nothing
// jumps: the script rests, no part is still to be fetched, and the pad has painted. Once, at arrival.
const STUCK = 5000, LONGEST = 60000; // milliseconds after which what there is is shown
const WORKS = 500; // milliseconds of a spinner after which it is shown: the page's own style is there by then
const classes = document.documentElement.classList, begun = performance.now();
const has = (css) => Boolean(document.querySelector(css));
let rests = null, works = null; // since when the script rests, and since when a spinner says that it works

function isWhole() {
  if (has("[data-testid=stException]")) return true;
  works = has("[data-testid=stMain] [data-testid=stSpinner]") ? works ?? performance.now() : null;
  if (works !== null && performance.now() - works > WORKS) return true;
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
