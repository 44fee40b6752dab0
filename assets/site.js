// What every page does: colours, the menu and contents of small screens, search, downloads, print.
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const wide = window.matchMedia("(min-width: 992px)");
  const all = (selector) => [...document.querySelectorAll(selector)];

  // Colours, before the page is shown: as the reader chose, else as the system has them.
  const stored = { get: () => { try { return localStorage.getItem("mode"); } catch { return null; } } };
  stored.set = (mode) => { try { localStorage.setItem("mode", mode); } catch { /* not kept */ } };
  const colour = (mode) => {
    root.dataset.mode = ["light", "dark"].includes(mode) ? mode : "auto";
    root.dataset.theme = root.dataset.mode !== "auto" ? mode : dark.matches ? "dark" : "light";
  };
  colour(stored.get());
  dark.addEventListener("change", () => colour(root.dataset.mode));
  const next = () => {
    const order = dark.matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    colour(order[(order.indexOf(root.dataset.mode) + 1) % 3]);
    stored.set(root.dataset.mode);
  };

  // The current page is in view in the menu.
  const reveal = () => {
    const link = document.querySelector(".bd-links li.current > a");
    const box = link && link.closest(".bd-sidebar-primary, dialog");
    if (!box) return;
    const at = link.getBoundingClientRect();
    const seen = box.getBoundingClientRect();
    if (at.top < seen.top || at.bottom > Math.min(seen.bottom, window.innerHeight)) {
      box.scrollTop += at.top - seen.top - seen.height / 2;
    }
  };

  // A click beside a dialog closes it.
  const beside = (event) => {
    const dialog = event.currentTarget;
    const box = dialog.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right
      && event.clientY >= box.top && event.clientY <= box.bottom;
    if (event.target === dialog && !inside) dialog.close();
  };

  // Menu and contents become dialogs where there is no room beside the page.
  const panel = (toggle, id) => {
    const [button, home, dialog] = [toggle, `#${id}`, `#${id}-modal`].map((s) => document.querySelector(s));
    if (!button || !home || !dialog) return;
    const move = (from, to) => {
      to.append(...from.childNodes);
      to.className = from.className;
      from.className = "";
    };
    button.addEventListener("click", () => {
      if (wide.matches && id === "pst-primary-sidebar") {
        home.classList.toggle("pst-sidebar-hidden");
        return;
      }
      move(home, dialog);
      dialog.showModal();
      reveal();
    });
    dialog.addEventListener("close", () => {
      move(dialog, home);
      button.focus();
    });
    dialog.addEventListener("click", (event) => {
      if (event.target.closest("a[href^='#']")) dialog.close();
      else beside(event);
    });
  };

  const search = () => {
    const dialog = document.getElementById("pst-search-dialog");
    const open = all("form.bd-search input").find((field) => !dialog || !dialog.contains(field));
    if (open) open.focus();
    else if (dialog && dialog.open) dialog.close();
    else if (dialog) dialog.showModal();
  };

  const downloads = (button) => {
    const menu = button.nextElementSibling;
    const show = (on) => {
      menu.classList.toggle("show", on);
      button.setAttribute("aria-expanded", String(on));
    };
    button.addEventListener("click", () => show(!menu.classList.contains("show")));
    document.addEventListener("click", (event) => button.parentElement.contains(event.target) || show(false));
    button.parentElement.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      show(false);
      button.focus();
    });
  };

  // The part of the page that is being read is marked in its contents.
  const contents = () => {
    const links = new Map();
    for (const link of all("#pst-page-toc-nav a[href^='#']")) {
      const part = document.getElementById(link.getAttribute("href").slice(1));
      if (part) links.set(part.querySelector("h2, h3, h4") || part, link);
    }
    const mark = (current) => links.forEach((link) => {
      link.classList.toggle("active", link === current);
      if (link === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    const seen = new IntersectionObserver((entries) => {
      const hit = entries.filter((entry) => entry.isIntersecting).pop();
      if (hit) mark(links.get(hit.target));
    }, { rootMargin: "0px 0px -70% 0px" });
    links.forEach((_, heading) => seen.observe(heading));
  };

  // Code that is shown can be copied, and reached by keyboard where it scrolls sideways.
  const shown = (part) => {
    for (const box of part.querySelectorAll("div.highlight:not(:has(.copy))")) {
      if (!navigator.clipboard || !box.checkVisibility()) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(box.querySelector("pre").innerText);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      });
      box.append(button);
    }
    for (const box of part.querySelectorAll("pre, .cell_output > .output")) {
      // What is folded is asked when it opens: asking now would lay it out.
      if (box.checkVisibility() && box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    }
  };

  // Words that the search found are marked where they stand, until Escape; "30000" finds 30,000.
  const found = () => {
    const asked = new URLSearchParams(location.search).get("found");
    const article = document.querySelector("article");
    if (!asked || !article || !window.Highlight) return;
    const words = asked.slice(0, 200).split(/\s+/).filter(Boolean).map((word) => /^\d+$/.test(word)
      ? [...word].join(",?") + "(?!,?\\d)" : word.replace(/[^\p{L}\p{N}_]/gu, "\\$&"));
    const wanted = new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join("|")})[\\p{L}]*`, "giu");
    const texts = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
    const marks = [];
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      if (text.parentElement.closest("script, style")) continue;
      for (const hit of text.data.matchAll(wanted)) {
        const range = new Range();
        range.setStart(text, hit.index);
        range.setEnd(text, hit.index + hit[0].length);
        marks.push(range);
      }
    }
    CSS.highlights.set("found", new Highlight(...marks));
    const first = marks.find((range) => range.startContainer.parentElement.checkVisibility());
    if (first && !location.hash) first.startContainer.parentElement.scrollIntoView({ block: "center" });
    window.addEventListener("keydown", (event) => event.key === "Escape" && CSS.highlights.delete("found"));
  };

  // On paper, the folded method is open; code and the numbers of figures stay folded.
  const folded = "details:not([open], .hide, .figure-numbers)";
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = all(folded);
    for (const part of opened) part.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const part of opened) part.open = false;
  });

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of all(".theme-switch-button")) button.addEventListener("click", next);
    for (const button of all(".search-button__button")) button.addEventListener("click", search);
    for (const button of all("[data-print]")) button.addEventListener("click", () => window.print());
    all("[data-bs-toggle='dropdown']").forEach(downloads);
    document.getElementById("pst-search-dialog")?.addEventListener("click", beside);
    panel(".primary-toggle", "pst-primary-sidebar");
    panel(".secondary-toggle", "pst-secondary-sidebar");
    contents();
    found();
    document.addEventListener("toggle", (event) => shown(event.target), true);
    window.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "k" || event.altKey || event.shiftKey || event.ctrlKey === event.metaKey) return;
      event.preventDefault();
      search();
    });
  });
  window.addEventListener("load", () => {
    reveal();
    setTimeout(() => shown(document.querySelector("article") || document.body), 200);
  });
})();
