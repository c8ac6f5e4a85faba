// LEAVING: on to Explore by a link, so that Back returns to this page.

export default function ({ data }) {
  if (data.go) document.querySelector(".st-key-unused-way a").click();
}
