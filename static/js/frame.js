/* What every page does with JavaScript. Each page works without it. */
(function () {
  "use strict";

  function csrfToken() {
    var match = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    return match ? decodeURIComponent(match[1]) : "";
  }

  function say(word) {
    var live = document.getElementById("live");
    if (live) {
      live.textContent = word ? live.dataset[word] : "";
    }
  }

  // Logging in again in another tab changes the token: take today's from the cookie, so that
  // what was typed here can still be sent.
  document.addEventListener("submit", function (event) {
    var field = event.target.querySelector("input[name=csrfmiddlewaretoken]");
    var token = csrfToken();
    if (field && token) {
      field.value = token;
    }
  });

  document.addEventListener("htmx:configRequest", function (event) {
    event.detail.headers["X-CSRFToken"] = csrfToken();
  });

  document.addEventListener("htmx:sendError", function () {
    say("lost");
  });

  document.addEventListener("htmx:responseError", function (event) {
    var status = event.detail.xhr.status;
    if (status === 401) {
      say("loggedOut");
    } else if (status !== 409 && status !== 422) { // the fragment itself says what is wrong
      say(status === 403 ? "refused" : "lost");
    }
  });

  document.addEventListener("htmx:afterRequest", function (event) {
    if (event.detail.successful) {
      say("");
    }
  });

  // A menu closes on Escape and on a click elsewhere.
  function closeMenus(except) {
    document.querySelectorAll("details[data-menu][open]").forEach(function (menu) {
      if (menu !== except) {
        menu.open = false;
      }
    });
  }

  document.addEventListener("click", function (event) {
    closeMenus(event.target.closest("details[data-menu]"));
    var printer = event.target.closest("[data-print]");
    if (printer) {
      window.print();
    }
    var canceller = event.target.closest("[data-close]");
    if (canceller) {
      canceller.closest("details").open = false;
    }
  });

  document.addEventListener("keydown", function (event) {
    var open = document.querySelector("details[data-menu][open]");
    if (event.key === "Escape" && open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });

  // A filter applies itself when one of its choices changes.
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-filter]");
    if (form && event.target.matches("select, input[type=checkbox]")) {
      form.requestSubmit();
    }
  });

  // A second click must not send a form twice.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || event.defaultPrevented || form.matches("[hx-post], [data-again]")) {
      return;
    }
    // Within seconds only: who stopped a slow page must be able to send again.
    if (Date.now() - Number(form.dataset.sent || 0) < 5000) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = String(Date.now());
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
    });
  });

  var summary = document.querySelector("[data-focus]");
  if (summary) {
    summary.focus();
  }
})();
