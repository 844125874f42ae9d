// Conveniences only: every page works without this file.

const typing = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "/") {
    event.preventDefault();
    document.getElementById("q")?.select();
    return;
  }
  const key = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (key) {
    event.preventDefault();
    key.click();
    return;
  }
  const isRightToLeft = document.documentElement.dir === "rtl";
  const turns = { ArrowLeft: isRightToLeft ? "next" : "prev", ArrowRight: isRightToLeft ? "prev" : "next" };
  const turn = turns[event.key];
  if (turn) document.querySelector(`.pager a[rel="${turn}"]`)?.click();
});

// A choice in these lists acts at once; without scripts the button does it.
for (const select of document.querySelectorAll(".sort select, .language select")) {
  select.form.querySelector("button").hidden = true;
  select.addEventListener("change", () => select.form.submit());
}
