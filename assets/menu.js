// Keep the current page in view in the menu, beside the page and in the dialog of small screens;
// the print button.
(() => {
  const show = () => {
    const link = document.querySelector(".bd-links li.current > a");
    const box = link && link.closest(".bd-sidebar-primary, dialog");
    if (!box) return;
    const at = link.getBoundingClientRect();
    const seen = box.getBoundingClientRect();
    if (at.top < seen.top || at.bottom > Math.min(seen.bottom, window.innerHeight)) {
      box.scrollTop += at.top - seen.top - seen.height / 2;
    }
  };
  window.addEventListener("load", () => {
    show();
    for (const button of document.querySelectorAll("[data-print]")) button.onclick = () => window.print();
    const dialog = document.getElementById("pst-primary-sidebar-modal");
    if (dialog) new MutationObserver(show).observe(dialog, { attributeFilter: ["open"] });
  });
})();
