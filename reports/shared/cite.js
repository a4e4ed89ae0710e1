"use strict";
// Completes the citation by the address of a page that names none, and copies it.
document.addEventListener("DOMContentLoaded", () => {
  const address = document.getElementById("citation-address");
  const button = document.getElementById("copy-citation");
  if (!address.textContent && window.location.protocol.startsWith("http")) {
    address.textContent = window.location.href.replace(/[?#].*/, "");
  }
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById("citation").textContent.trim());
    button.textContent = "Copied";
  });
});
