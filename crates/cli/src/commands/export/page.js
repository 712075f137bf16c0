(function () {
  "use strict";
  var form = document.querySelector("form"), words = form.elements.words, kind = form.elements.kind,
    project = form.elements.project, told = document.getElementById("told");
  var cards = Array.prototype.slice.call(document.querySelectorAll("article"));
  var groups = Array.prototype.slice.call(document.querySelectorAll("details")), sections = Array.prototype.slice.call(document.querySelectorAll("section"));
  var texts = new Map(), open = new Map();
  groups.forEach(function (group) { open.set(group, group.open); });
  function text(card) {
    if (!texts.has(card)) texts.set(card, card.textContent.toLowerCase());
    return texts.get(card);
  }
  function filter() {
    var wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean), some = wanted.length > 0 || kind.value, count = 0;
    sections.forEach(function (section) {
      var here = !project.value || section.id === project.value, left = 0;
      section.querySelectorAll("details").forEach(function (group) {
        var within = 0;
        group.querySelectorAll("article").forEach(function (card) {
          var is = here && (!kind.value || card.dataset.kind === kind.value) && wanted.every(function (word) { return text(card).indexOf(word) >= 0; });
          card.hidden = !is;
          if (is) within += 1;
        });
        group.hidden = within === 0;
        group.open = some ? within > 0 : open.get(group);
        left += within;
      });
      section.hidden = left === 0;
      count += left;
    });
    told.textContent = count === cards.length ? "" : count + " of " + cards.length;
  }
  var waits = 0;
  form.addEventListener("input", function () { clearTimeout(waits); waits = setTimeout(filter, 120); });
  form.addEventListener("submit", function (event) { event.preventDefault(); filter(); });
  form.hidden = false;
  function reveal() {
    var at = location.hash && document.getElementById(location.hash.slice(1));
    for (var up = at; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    if (at) at.scrollIntoView();
  }
  window.addEventListener("hashchange", reveal);
  window.addEventListener("beforeprint", function () { groups.forEach(function (group) { group.open = true; }); });
  reveal();
})();
