/* The pad on the signing page. Without it one types one's name.
   Strokes go to the server as points; until it has them, this tab keeps them. */
(function () {
  "use strict";

  function key(section) {
    return "strokes-" + section.dataset.pledge;
  }

  function recall(name) {
    try {
      return sessionStorage.getItem(name) || "";
    } catch (error) {
      return "";
    }
  }

  function remember(name, value) {
    try {
      if (value) {
        sessionStorage.setItem(name, value);
      } else {
        sessionStorage.removeItem(name);
      }
    } catch (error) {
      // A full or forbidden storage: the server keeps the strokes all the same.
    }
  }

  function setUp(section) {
    var box = section.querySelector("[data-pad]");
    if (section.hasAttribute("data-saved")) {
      remember(key(section), "");
    }
    if (!box || box.dataset.ready) {
      return;
    }
    box.dataset.ready = "1";
    box.hidden = false;
    var canvas = box.querySelector("canvas");
    var field = section.querySelector("input[name=strokes]");
    var typed = section.querySelector("input[name=typed_name]");
    var pad = new SignaturePad(canvas, { minWidth: 1.4, maxWidth: 3.4, penColor: "#1f2329" });

    function fit() {
      var ratio = Math.max(window.devicePixelRatio || 1, 1);
      if (canvas.width === Math.round(canvas.offsetWidth * ratio)) {
        return;
      }
      var strokes = pad.toData();
      canvas.width = Math.round(canvas.offsetWidth * ratio);
      canvas.height = Math.round(canvas.offsetHeight * ratio);
      canvas.getContext("2d").scale(ratio, ratio);
      pad.fromData(strokes);
    }

    function tenth(number) {
      return Math.round(number * 10) / 10;
    }

    function hand() {
      field.value = JSON.stringify(pad.toData().map(function (stroke) {
        return { points: stroke.points.map(function (point) {
          return { x: tenth(point.x), y: tenth(point.y) };
        }) };
      }));
      remember(key(section), pad.isEmpty() ? "" : field.value);
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }

    function show(strokes) {
      try {
        pad.fromData(JSON.parse(strokes));
        hand();
      } catch (error) {
        remember(key(section), "");
      }
    }

    fit();
    window.addEventListener("resize", fit);
    var earlier = field.value && field.value !== "[]" ? field.value : recall(key(section));
    if (earlier) {
      show(earlier);
    }
    pad.addEventListener("beginStroke", function () {
      typed.value = "";
      section.querySelectorAll(".point-missing").forEach(function (words) {
        words.hidden = true;
      });
    });
    pad.addEventListener("endStroke", hand);
    typed.addEventListener("input", function () {
      if (!pad.isEmpty()) {
        pad.clear();
        hand();
      }
    });
    box.querySelector("[data-pad-clear]").addEventListener("click", function () {
      pad.clear();
      hand();
    });
    box.querySelector("[data-pad-undo]").addEventListener("click", function () {
      var strokes = pad.toData();
      strokes.pop();
      pad.fromData(strokes);
      hand();
    });
  }

  function setUpAll() {
    document.querySelectorAll("[data-pledge]").forEach(setUp);
  }

  document.addEventListener("htmx:afterSwap", setUpAll);
  setUpAll();
})();
