// Reloads the page when the preview server has made a new build.  Served as /session.js there.
(() => {
  "use strict";
  if (!("EventSource" in window)) return;
  let first = null;
  const events = new EventSource("/api/events");
  events.addEventListener("reload", (event) => {
    if (first === null) first = event.data;
    else if (event.data !== first) location.reload();
  });
  addEventListener("pagehide", () => events.close());
  // A page that comes back from the browser's page cache may be old.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
})();
