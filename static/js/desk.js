/* The attendance desk by keyboard, its filter as one types, and other people's marks.

   Single keys work only while the focus is inside the roll and not in a text field (WCAG 2.1.4).
   A row that somebody else marked is swapped in unless this person is at work in it; then it is
   fetched when they leave it. */
(function () {
  "use strict";

  const roll = document.getElementById("roll");
  const filter = document.getElementById("roll-filter");
  const said = document.getElementById("roll-said");
  if (!roll || !filter) {
    return;
  }
  const KEYS = {
    1: ["state", "present"], p: ["state", "present"],
    2: ["state", "leave"], l: ["state", "leave"],
    3: ["state", "absent"], a: ["state", "absent"],
    0: ["state", "unmarked"], u: ["state", "unmarked"],
    4: ["late"], t: ["late"],
    5: ["left_early"], e: ["left_early"],
  };
  const kept = new Map(); // row id → where the focus and what was typed, across a swap
  const queued = new Map(); // row id → a mark chosen while another was on its way
  const sent = new Map(); // row id → the texts on their way, or refused by nobody yet
  const stale = new Set(); // ids of rows that others marked while they were being edited

  const rowOf = (node) => node.closest(".roll-row");
  const texts = (row) => Array.from(row.querySelectorAll(".roll-reasons input"));
  const joined = (row) => texts(row).map((input) => input.value).join("\n");
  const isBusy = (row) => row.querySelector("form.htmx-request") !== null;
  const button = (row, [name, value]) =>
    row.querySelector(`button[name="${name}"]${value ? `[value="${value}"]` : ""}`);

  function isDirty(row) {
    if (row.classList.contains("roll-kept")) {
      return true;
    }
    return texts(row).some((input) => input.value !== input.defaultValue) &&
      sent.get(row.id) !== joined(row);
  }

  function focusRow(row) {
    const target = row.querySelector('button[aria-pressed="true"]') || row.querySelector("button[name]");
    if (target) {
      target.focus();
    }
  }

  function move(row, step) {
    let next = row;
    do {
      next = step > 0 ? next.nextElementSibling : next.previousElementSibling;
    } while (next && next.hidden);
    if (next) {
      focusRow(next);
    }
  }

  // Marks -------------------------------------------------------------------------------------

  function press(row, key) {
    const target = button(row, key);
    if (!target) {
      return;
    }
    const needsReason = key[1] === "leave" || key[1] === "absent";
    if (target.getAttribute("aria-pressed") === "true" && key[0] === "state") {
      if (needsReason) {
        texts(row)[0].focus();
      } else {
        move(row, 1);
      }
      return;
    }
    target.click();
    if (key[1] === "present") {
      move(row, 1);
    }
  }

  // A click on a row whose last mark is still on its way waits for it.
  roll.addEventListener("click", (event) => {
    const target = event.target.closest("button[name]");
    const row = target && rowOf(target);
    if (row && isBusy(row)) {
      event.preventDefault();
      event.stopPropagation();
      queued.set(row.id, [target.name, target.value]);
    }
  }, true);

  roll.addEventListener("keydown", (event) => {
    const row = rowOf(event.target);
    if (!row || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
      return;
    }
    if (event.target.matches("input")) {
      typing(event, row);
      return;
    }
    const key = event.key.toLowerCase();
    if (key === "arrowdown" || key === "j") {
      move(row, 1);
    } else if (key === "arrowup" || key === "k") {
      move(row, -1);
    } else if (key === "/") {
      filter.elements.q.select();
    } else if (KEYS[key]) {
      press(row, KEYS[key]);
    } else {
      return;
    }
    event.preventDefault();
  });

  function typing(event, row) {
    if (event.key === "Escape") {
      focusRow(row);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const approver = row.querySelector('input[name="approved_by"]');
      if (approver && event.target !== approver && !approver.value) {
        approver.focus();
      } else {
        save(row);
        move(row, 1);
      }
    }
  }

  function save(row) {
    if (isDirty(row) && !row.classList.contains("roll-kept")) {
      row.querySelector("form").requestSubmit();
    }
  }

  // Leaving a row keeps what was typed in it.
  roll.addEventListener("focusout", (event) => {
    const row = rowOf(event.target);
    if (!row || kept.has(row.id) || row.contains(event.relatedTarget)) {
      return;
    }
    if (isDirty(row)) {
      save(row);
    } else if (!isBusy(row) && stale.delete(row.id)) {
      const url = row.querySelector("form").getAttribute("hx-post");
      window.htmx.ajax("GET", url, { target: row, swap: "outerHTML settle:0s" });
    }
  });

  // Swaps -------------------------------------------------------------------------------------

  roll.addEventListener("htmx:beforeRequest", (event) => {
    const row = rowOf(event.target);
    sent.set(row.id, joined(row));
  });

  roll.addEventListener("htmx:afterRequest", (event) => {
    const row = rowOf(event.target);
    if (row && !event.detail.successful) {
      sent.delete(row.id);
    }
  });

  function remember(row) {
    const active = document.activeElement;
    if (!row.contains(active)) {
      return;
    }
    const isText = active.matches("input");
    kept.set(row.id, {
      name: active.name,
      value: active.value,
      caret: isText ? [active.selectionStart, active.selectionEnd] : null,
    });
  }

  roll.addEventListener("htmx:beforeSwap", (event) => {
    const row = event.detail.target;
    if (row.parentNode === roll && event.detail.shouldSwap) {
      remember(row);
    }
  });

  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    const row = event.detail.target;
    if (row.parentNode !== roll) {
      return;
    }
    const fresh = event.detail.fragment.querySelector(".roll-row");
    if (Number(fresh.dataset.version) <= Number(row.dataset.version)) {
      event.detail.shouldSwap = false;
    } else if (isBusy(row) || isDirty(row) || texts(row).includes(document.activeElement)) {
      stale.add(row.id);
      event.detail.shouldSwap = false;
    } else {
      fresh.hidden = row.hidden;
      remember(row);
    }
  });

  document.body.addEventListener("htmx:load", (event) => {
    const row = event.detail.elt;
    if (row.parentNode !== roll) {
      return;
    }
    const before = kept.get(row.id);
    kept.delete(row.id);
    if (before) {
      restore(row, before);
    }
    stale.delete(row.id);
    if (sent.delete(row.id)) {
      const pressed = row.querySelector('button[aria-pressed="true"]');
      said.textContent = pressed
        ? `${row.querySelector(".roll-name").textContent}: ${pressed.textContent}`
        : "";
    }
    const waiting = queued.get(row.id);
    if (queued.delete(row.id) && !row.classList.contains("roll-kept")) {
      const target = button(row, waiting);
      if (target) {
        target.click();
      }
    }
  });

  function restore(row, before) {
    const again = before.name && row.querySelector(`.roll-reasons input[name="${before.name}"]`);
    if (before.caret && again) {
      again.value = before.value;
      again.focus();
      again.setSelectionRange(before.caret[0], before.caret[1]);
      return;
    }
    const problem = row.querySelector(".roll-problem button");
    const [reason] = texts(row);
    if (problem) {
      problem.focus();
    } else if (reason && before.name === "state" && !reason.value) {
      reason.focus();
    } else {
      const same = before.name && button(row, [before.name, before.name === "state" && before.value]);
      (same || row.querySelector("button[name]")).focus();
    }
  }

  // Filter ------------------------------------------------------------------------------------

  const squeeze = (text) => text.toLowerCase().replace(/\s+/g, "");

  function apply() {
    const words = filter.elements.q.value.trim().split(/\s+/).map(squeeze);
    const show = filter.elements.show.value;
    let shown = 0;
    for (const row of roll.children) {
      const who = squeeze(row.querySelector(".roll-who").textContent);
      const matches = words.every((word) => who.includes(word)) &&
        (!show || row.dataset.state === show);
      row.hidden = !matches;
      shown += matches ? 1 : 0;
    }
    said.textContent = `${said.dataset.shown} ${shown}`;
  }

  function enterRoll() {
    const first = Array.from(roll.children).find((row) => !row.hidden);
    if (first) {
      focusRow(first);
    }
  }

  filter.elements.q.addEventListener("input", apply);
  filter.elements.show.addEventListener("change", apply);
  filter.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
    enterRoll();
  });
  filter.elements.q.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      enterRoll();
    }
  });
})();
