// Sorting and filtering. Without it the page is whole, and its table in the order of the names.
"use strict";
(() => {
  const table = document.querySelector(".listing");
  if (!table) return;
  document.documentElement.classList.add("js");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const headers = Array.from(table.tHead.querySelectorAll(".names th"));
  const collator = new Intl.Collator("en", { numeric: true });

  const keyOf = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    const text = cell.textContent.trim();
    return text === "\u2013" || text === "" ? null : text;
  };
  const compare = (one, other) =>
    typeof one === "number" && typeof other === "number" ? one - other : collator.compare(one, other);

  // What has no value stays at the end, whichever way the others are put in order.
  const sortBy = (column, isDescending) => {
    const keyed = rows.map((row, place) => ({ row, place, key: keyOf(row, column) }));
    keyed.sort((a, b) => {
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null) || a.place - b.place;
      return (isDescending ? compare(b.key, a.key) : compare(a.key, b.key)) || a.place - b.place;
    });
    body.append(...keyed.map((one) => one.row));
    headers.forEach((header, place) => {
      if (place === column) header.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
      else header.removeAttribute("aria-sort");
    });
  };
  headers.forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => sortBy(column, header.getAttribute("aria-sort") === "ascending"));
  });

  const field = document.getElementById("filter");
  const count = document.getElementById("count");
  const texts = rows.map((row) => Array.from(row.cells, (cell) => cell.textContent).join(" ").toLowerCase());
  const sectionOf = (row) => document.getElementById(row.querySelector("a").hash.slice(1));
  const filter = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, place) => {
      const isShown = words.every((word) => texts[place].includes(word));
      row.hidden = !isShown;
      sectionOf(row).hidden = !isShown;
      shown += isShown;
    });
    count.textContent = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} ${count.dataset.of}`;
  };
  field.addEventListener("input", filter);
  if (field.value) filter();

  const open = () => {
    const section = location.hash && document.getElementById(location.hash.slice(1));
    if (section && section.tagName === "DETAILS") {
      section.open = true;
      section.scrollIntoView();
    }
  };
  addEventListener("hashchange", open);
  body.addEventListener("click", (event) => {
    // The same one again leads to no new place.
    if (event.target.tagName === "A" && event.target.hash === location.hash) open();
  });
  open();
})();
