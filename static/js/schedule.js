// The draft's form: moving agenda lines up and down. Without this, the order numbers do the same.
(function () {
  "use strict";

  function renumber(list) {
    Array.prototype.forEach.call(list.children, function (line, index) {
      var order = line.querySelector('input[name$="-ORDER"]');
      if (order) { order.value = index + 1; }
    });
  }

  function button(label, move) {
    var made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-secondary";
    made.textContent = label;
    made.addEventListener("click", function () {
      var line = made.closest("li"), list = line.parentNode;
      move(list, line);
      renumber(list);
      made.focus();
      list.dispatchEvent(new Event("change", { bubbles: true }));
    });
    return made;
  }

  function offer(list) {
    Array.prototype.forEach.call(list.children, function (line) {
      var order = line.querySelector('input[name$="-ORDER"]');
      if (order) { order.parentNode.classList.add("visually-hidden"); order.tabIndex = -1; }
      var moves = document.createElement("div");
      moves.className = "agenda-moves";
      moves.append(
        button(list.dataset.up, function (all, li) {
          if (li.previousElementSibling) { all.insertBefore(li, li.previousElementSibling); }
        }),
        button(list.dataset.down, function (all, li) {
          if (li.nextElementSibling) { all.insertBefore(li.nextElementSibling, li); }
        })
      );
      line.append(moves);
    });
  }

  document.querySelectorAll("[data-reorder]").forEach(offer);
})();
