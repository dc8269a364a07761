/* A signer's own key: making one, and signing with it (WebAuthn). The server says in data-options
   what to ask for, in JSON with base64url for bytes; the answer goes back in a hidden field.
   Without JavaScript, or in a browser without keys, the page says what to do instead. */
(function () {
  "use strict";

  // Chromium 86 has neither parseCreationOptionsFromJSON nor toJSON.
  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (character) { return character.charCodeAt(0); });
  }

  function text(buffer) {
    var plain = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function withBytes(descriptor) {
    return Object.assign({}, descriptor, { id: bytes(descriptor.id) });
  }

  function make(options) {
    var asked = Object.assign({}, options, {
      challenge: bytes(options.challenge),
      user: withBytes(options.user),
      excludeCredentials: (options.excludeCredentials || []).map(withBytes),
    });
    return navigator.credentials.create({ publicKey: asked }).then(function (made) {
      return {
        attestationObject: text(made.response.attestationObject),
        clientDataJSON: text(made.response.clientDataJSON),
      };
    });
  }

  function sign(options) {
    var asked = Object.assign({}, options, {
      challenge: bytes(options.challenge),
      allowCredentials: options.allowCredentials.map(withBytes),
    });
    return navigator.credentials.get({ publicKey: asked }).then(function (signed) {
      return {
        id: text(signed.rawId),
        authenticatorData: text(signed.response.authenticatorData),
        clientDataJSON: text(signed.response.clientDataJSON),
        signature: text(signed.response.signature),
      };
    });
  }

  function setUp(form) {
    function part(name) {
      return form.querySelector("[data-passkey-" + name + "]");
    }

    if (!window.PublicKeyCredential || !navigator.credentials) {
      part("missing").hidden = false;
      if (part("otherwise")) {
        part("otherwise").open = true;
      }
      return;
    }

    function say(name) {
      var words = part("error");
      words.textContent = words.getAttribute("data-" + name.toLowerCase()) || words.dataset.other;
      words.hidden = false;
      words.focus();
    }

    function start() {
      var agree = form.elements.agree;
      if (agree && !agree.checked) {
        say("agree");
        return;
      }
      var button = part("start");
      button.disabled = true;
      part("busy").hidden = false;
      part("error").hidden = true;
      var ceremony = form.dataset.passkey === "create" ? make : sign;
      ceremony(JSON.parse(form.dataset.options)).then(function (answer) {
        part("answer").value = JSON.stringify(answer);
        if (form.requestSubmit) {
          form.requestSubmit();
        } else {
          form.submit();
        }
      }).catch(function (error) {
        say(error.name);
      }).then(function () {
        button.disabled = false;
        part("busy").hidden = true;
      });
    }

    part("shown").hidden = false;
    part("start").addEventListener("click", start);
  }

  document.querySelectorAll("form[data-passkey]").forEach(setUp);
  // What one signs with a password must not carry an answer that the browser kept from before.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("[data-passkey-answer]").forEach(function (field) {
      field.value = "";
    });
  });
})();
