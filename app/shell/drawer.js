// DRAWER: on a phone the list of pages lies over the page; it closes once a page is chosen, and is
// closed when one arrives. Streamlit would leave it open, and remember that.
const PHONE = "(max-width: 767px)";

function close() {
  const open = document.querySelector("[data-testid=stSidebar][data-collapsed=false]");
  if (open && matchMedia(PHONE).matches) open.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
}

let here = null; // the page that stands

export default function ({ data }) {
  if (data.page !== here) close();
  here = data.page;
  const chosen = (event) => { if (event.target.closest?.("[data-testid=stSidebarNav] a")) close(); };
  document.addEventListener("click", chosen);
  return () => document.removeEventListener("click", chosen);
}
