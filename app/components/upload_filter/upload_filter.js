// UPLOAD FILTER: tells an uploader's file dialog what to offer. The uploader may come later, or anew.

export default function ({ data }) {
  const set = () => {
    const input = document.querySelector(`.st-key-${data.uploader} input[type=file]`);
    if (input && input.accept !== data.accept) input.accept = data.accept;
  };
  const watch = new MutationObserver(set);
  watch.observe(document.body, { childList: true, subtree: true });
  set();
  return () => watch.disconnect();
}
