// The page at the end of a sign-out: waits for the hidden frames, at most 3 s, tells the server which of them loaded, and moves on.
// Runs before the frames are parsed, so that no load is missed.
(function () {
  "use strict";
  var LONGEST = 3000;
  var loaded = [];
  var ended = false;

  // The load event of a frame does not bubble, but it can be caught on its way down.
  document.addEventListener("load", function (event) {
    var frame = event.target;
    if (!(frame instanceof HTMLIFrameElement) || !frame.dataset.frame || loaded.indexOf(frame.dataset.frame) >= 0) return;
    loaded.push(frame.dataset.frame);
    var state = document.querySelector(".state[data-frame='" + frame.dataset.frame + "']");
    if (state) state.textContent = state.dataset.told;
    endIfAllLoaded();
  }, true);

  document.addEventListener("DOMContentLoaded", endIfAllLoaded);
  setTimeout(end, LONGEST);

  function page() {
    return document.getElementById("signed-out");
  }

  function endIfAllLoaded() {
    if (page() && document.readyState !== "loading" && loaded.length >= Number(page().dataset.frames)) end();
  }

  function end() {
    if (ended || !page()) return;
    ended = true;
    var data = page().dataset;
    if (data.reportTo && Number(data.frames) > 0) {
      navigator.sendBeacon(data.reportTo, new URLSearchParams({ loaded: loaded.sort().join(",") }));
    }
    if (data.continueTo) location.replace(data.continueTo);
  }
})();
