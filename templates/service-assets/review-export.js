// Lets the findings of a review be saved as a file: its address takes a key, which a link does not
// send.  The page may be renewed while it is open, so presses are heard on the whole document.
(() => {
  "use strict";
  const { apiDownload } = window.agented;
  const show = () => {
    for (const button of document.querySelectorAll("[data-export][hidden]")) button.hidden = false;
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-export]");
    if (!button) return;
    const label = button.textContent;
    try {
      await apiDownload(button.dataset.export, button.dataset.name);
    } catch {
      button.textContent = "Could not be exported: try again";
      setTimeout(() => { button.textContent = label; }, 4000);
    }
  });
  new MutationObserver(show).observe(document.querySelector("main"), { childList: true, subtree: true });
  show();
})();
