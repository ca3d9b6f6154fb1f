// Pages of an edit on its way: Ctrl+Enter sends, a second click does not, and the way back to the
// form is the browser's own where the form is the page before, so that what was typed is there.
(() => {
  "use strict";
  document.documentElement.dataset.scripted = "";

  const form = document.querySelector("form[data-saves]");

  addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || form === null) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-save]"));
  });

  const wait = (sending) => {
    const button = form?.querySelector("[data-save]");
    if (!button) return;
    // Not disabled: a disabled button loses the focus, and says nothing to readers.
    button.setAttribute("aria-disabled", String(sending));
    button.toggleAttribute("data-sending", sending);
  };

  let sent = false;
  form?.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
    wait(true);
  });
  // Also of a page that the browser kept and shows again.
  addEventListener("pageshow", () => {
    sent = false;
    wait(false);
  });

  for (const link of document.querySelectorAll("a[data-back]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      const from = document.referrer ? new URL(document.referrer) : null;
      if (from === null || from.pathname !== link.pathname || history.length < 2) return;
      event.preventDefault();
      history.back();
    });
  }
})();
