// Enhances the pages of a journey. Without it they are plain forms that do the same with more reloads.
(function () {
  "use strict";
  var settings = window.SETTINGS;
  var form = document.getElementById("localAccountForm") || document.getElementById("attributeVerification");
  var busy = false;

  enhance();

  function enhance() {
    var message = document.getElementById("pageMessage");
    if (message && isShown(message)) message.focus();
    each(document, ".reveal", enhanceReveal);
    each(document, ".date", enhanceDate);
    each(document, "[data-verify]", enhanceVerification);
    if (!form) return;
    // Messages stand beside their fields, in the language of the page.
    form.noValidate = true;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      submit();
    });
    form.addEventListener("input", function (event) {
      clearError(ownerOf(event.target));
    });
    // Back from the application, out of the browser's memory: the form can be used again.
    window.addEventListener("pageshow", function () { setBusy(false); });
  }

  // --- The form ---

  function submit() {
    if (busy) return;
    clearPageErrors();
    var unverified = document.querySelector("[data-verify]:not([data-state='done'])");
    var wrong = check();
    if (wrong) {
      focusOn(wrong);
      return;
    }
    if (unverified) {
      askForCode(unverified);
      return;
    }
    setBusy(true);
    post(bodyOf("RESPONSE", values())).then(function (answer) {
      if (answer.accepted) {
        location.assign(confirmed());
        return;
      }
      setBusy(false);
      showPageError("pageMessage", answer.message);
    });
  }

  // An address waits for its code: say so where the next thing has to be done.
  function askForCode(entry) {
    var field = document.getElementById(entry.dataset.verify);
    if (entry.dataset.state === "sent") {
      field = document.getElementById(entry.dataset.verify + "_ver_input");
      mark(field, true);
    } else {
      showError(field, document.getElementById(entry.dataset.verify + "_intro").textContent);
    }
    field.focus();
  }

  // The fields that were left empty or do not repeat what they must; the first of them.
  function check() {
    var first = null;
    var missing = false;
    var differs = false;
    each(form, "[data-missing]", function (field) {
      if (field.closest(".verify")) return;
      clearError(field);
      var required = field.required || field.dataset.required;
      if (required && !valueOf(field)) {
        missing = true;
        showError(field, field.dataset.missing);
        first = first || field;
      } else if (field.dataset.repeats && valueOf(field) !== valueOf(document.getElementById(field.dataset.repeats))) {
        differs = true;
        showError(field, field.dataset.mismatch);
        first = first || field;
      }
    });
    if (missing) showPageError("requiredFieldMissing");
    else if (differs) showPageError("passwordEntryMismatch");
    return first;
  }

  // Name and value of every field, in order; boxes as one value with commas.
  function values() {
    var all = [];
    each(form, "[data-missing]", function (field) {
      if (!field.closest(".verify")) all.push([field.dataset.name || field.name, valueOf(field)]);
    });
    return all;
  }

  function valueOf(field) {
    if (field.classList.contains("date")) return dateOf(field);
    if (field.dataset.name) {
      return Array.prototype.map.call(field.querySelectorAll("input:checked"), function (box) { return box.value; }).join(",");
    }
    if (isPassword(field)) return settings.trimSpacesInPassword ? field.value.trim() : field.value;
    return field.value.trim();
  }

  function isPassword(field) {
    return !!field.closest(".secret");
  }

  // --- Calls ---

  function bodyOf(requestType, pairs) {
    var body = new URLSearchParams();
    body.append("request_type", requestType);
    pairs.forEach(function (pair) { body.append(pair[0], pair[1]); });
    return body;
  }

  // `tx` stays as it is: `StateProperties=…`.
  function visit() {
    return "tx=" + settings.transId + "&p=" + encodeURIComponent(settings.hosts.policy);
  }

  function confirmed() {
    var remember = document.getElementById("rememberMe");
    var first = settings.api === "SelfAsserted" ? "" : "rememberMe=" + Boolean(remember && remember.checked) + "&";
    return settings.hosts.tenant + "/api/" + settings.api + "/confirmed?" + first +
      "csrf_token=" + encodeURIComponent(settings.csrf) + "&" + visit();
  }

  // Resolves to { accepted, code, message }; a call that fails is an answer that refuses.
  function post(body) {
    return fetch(settings.hosts.tenant + "/SelfAsserted?" + visit(), {
      method: "POST",
      credentials: "same-origin",
      cache: "no-store",
      headers: {
        "Accept": "application/json, text/javascript, */*; q=0.01",
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-CSRF-TOKEN": settings.csrf,
        "X-Requested-With": "XMLHttpRequest"
      },
      body: body.toString()
    }).then(function (response) {
      return response.json();
    }).then(function (answer) {
      return { accepted: String(answer.status) === "200", code: answer.errorCode, message: answer.message || content("unknown_error") };
    }).catch(function () {
      return { accepted: false, message: content("unknown_error") };
    });
  }

  // --- Messages ---

  // `CONTENT` holds text escaped for markup.
  function content(id) {
    var escaped = window.CONTENT[id] || "";
    return new DOMParser().parseFromString(escaped, "text/html").documentElement.textContent;
  }

  function isShown(error) {
    return error.getAttribute("aria-hidden") !== "true";
  }

  function show(error, text) {
    if (text) error.querySelector("p").textContent = text;
    error.setAttribute("aria-hidden", "false");
  }

  function hide(error) {
    error.setAttribute("aria-hidden", "true");
  }

  function showPageError(id, text) {
    var error = document.getElementById(id) || document.getElementById("pageMessage");
    if (!document.getElementById(id) && !text) return;
    show(error, text);
    error.focus();
  }

  function clearPageErrors() {
    each(document, ".error.pageLevel", hide);
  }

  function showError(field, text) {
    var error = document.getElementById(idOf(field) + "_error");
    if (error) show(error, text);
    mark(field, true);
  }

  function clearError(field) {
    if (!field) return;
    var error = document.getElementById(idOf(field) + "_error");
    if (error) hide(error);
    mark(field, false);
  }

  function mark(field, wrong) {
    var boxes = field.matches("input, select") ? [field] : field.querySelectorAll("select");
    Array.prototype.forEach.call(boxes, function (box) { box.classList.toggle("highlightError", wrong); });
    if (wrong) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }

  function idOf(field) {
    return field.dataset.name || field.id;
  }

  // The field that an input belongs to: itself, or the group of selects or boxes.
  function ownerOf(input) {
    return input.closest("[data-name][data-missing]") || input;
  }

  function focusOn(field) {
    (field.matches("input, select") ? field : field.querySelector("input, select:not([hidden])")).focus();
  }

  function setBusy(is) {
    busy = is;
    form.setAttribute("aria-busy", String(is));
    each(form, "button", function (button) { button.setAttribute("aria-disabled", String(is)); });
    var working = document.getElementById("verifying_blurb") || form.querySelector(":scope > .working");
    if (working) working.textContent = is ? content("verifying_blurb") || content("preloader_alt") || "…" : "";
  }

  // --- Passwords that can be looked at ---

  function enhanceReveal(button) {
    var field = document.getElementById(button.getAttribute("aria-controls"));
    button.hidden = false;
    button.addEventListener("click", function () {
      var shown = field.type === "password";
      field.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
      button.textContent = shown ? button.dataset.hide : button.dataset.show;
    });
  }

  // --- Dates ---

  function enhanceDate(group) {
    var parts = group.dataset.value.slice(0, 10).split("-").map(Number);
    var year = new Date().getFullYear();
    var months = content("months").split(",");
    fill(group, ".year", range(year + 10, 1900), parts[0]);
    fill(group, ".month", range(1, 12), parts[1], function (number) { return (months[number - 1] || String(number)).trim(); });
    fill(group, ".day", range(1, 31), parts[2]);
  }

  function fill(group, selector, numbers, chosen, caption) {
    var select = group.querySelector(selector);
    numbers.forEach(function (number) {
      select.add(new Option(caption ? caption(number) : number, number, false, number === chosen));
    });
    select.hidden = false;
  }

  function range(from, to) {
    var all = [];
    for (var n = from; from < to ? n <= to : n >= to; n += from < to ? 1 : -1) all.push(n);
    return all;
  }

  // `yyyy-MM-dd`, or nothing while a part is missing.
  function dateOf(group) {
    var parts = [".year", ".month", ".day"].map(function (selector) { return group.querySelector(selector).value; });
    if (parts.indexOf("") >= 0) return "";
    return parts[0] + "-" + parts[1].padStart(2, "0") + "-" + parts[2].padStart(2, "0");
  }

  // --- Verification of an address: needed, sent, done ---

  function enhanceVerification(entry) {
    var id = entry.dataset.verify;
    var field = document.getElementById(id);
    var code = document.getElementById(id + "_ver_input");
    ["send", "resend", "verify", "edit"].forEach(function (name) {
      var button = document.getElementById(id + "_ver_but_" + name);
      // Enter sends the form, or does what belongs to the box that it is pressed in.
      button.type = "button";
      button.hidden = false;
      button.addEventListener("click", name === "verify" ? verify : name === "edit" ? edit : send);
    });
    onEnter(field, function () { if (entry.dataset.state === "needed") send(); });
    onEnter(code, verify);
    to(entry.dataset.state);

    function to(state) {
      entry.dataset.state = state;
      field.readOnly = state !== "needed";
    }

    function send() {
      if (busy) return;
      quiet();
      var address = valueOf(field);
      if (!address) {
        showError(field, field.dataset.missing);
        field.focus();
        return;
      }
      if (!field.checkValidity() && field.validity.typeMismatch) {
        fail("_incorrect_format");
        field.focus();
        return;
      }
      call("VERIFICATION_REQUEST", [["claim_id", id], ["claim_value", address]], "_fail_server", function () {
        entry.querySelector(".sent-to").textContent = address;
        code.value = "";
        to("sent");
        code.focus();
      });
    }

    function verify() {
      if (busy) return;
      quiet();
      if (!code.value.trim()) {
        code.focus();
        return;
      }
      var pairs = [["claim_id", id], ["claim_value", valueOf(field)], ["user_input", code.value.trim()]];
      call("VALIDATION_REQUEST", pairs, "_fail_retry", function () {
        to("done");
        focusAfter(entry);
      });
    }

    function edit() {
      if (busy) return;
      quiet();
      to("needed");
      field.focus();
      field.select();
    }

    function call(requestType, pairs, failure, accepted) {
      setBusy(true);
      var wait = document.getElementById(id + "_ver_wait");
      wait.textContent = content("preloader_alt");
      post(bodyOf(requestType, pairs)).then(function (answer) {
        setBusy(false);
        wait.textContent = "";
        if (answer.accepted) {
          accepted();
          return;
        }
        fail(failure, answer.message);
        if (requestType === "VALIDATION_REQUEST") code.select();
      });
    }

    function fail(name, text) {
      show(document.getElementById(id + name), text);
    }

    function quiet() {
      clearPageErrors();
      clearError(field);
      each(entry, ".verificationErrorText", hide);
    }
  }

  function focusAfter(entry) {
    var next = entry.closest("li").nextElementSibling;
    var target = next && next.querySelector("input:not([type=hidden]), select:not([hidden])");
    (target || document.getElementById("continue") || entry).focus();
  }

  function onEnter(box, action) {
    box.addEventListener("keydown", function (event) {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      action();
    });
  }

  function each(root, selector, action) {
    Array.prototype.forEach.call(root.querySelectorAll(selector), action);
  }
})();
