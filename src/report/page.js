document.documentElement.classList.add("js");
for (const player of document.querySelectorAll(".player")) {
  const data = JSON.parse(document.getElementById(player.dataset.states).textContent);
  const picture = document.getElementById(player.dataset.picture);
  const edges = picture.dataset.steps.split(" ").map(Number);
  const cursor = picture.querySelector(".cursor");
  const scroll = picture.closest(".scroll");
  const range = player.querySelector("input");
  const at = player.querySelector(".at");
  const cells = player.querySelector(".cells");
  const show = () => {
    const step = Number(range.value);
    const now = data.distinct[data.at[step]];
    const before = step > 0 ? data.distinct[data.at[step - 1]] : now;
    at.textContent = "step " + step + ": " + data.steps[step];
    range.setAttribute("aria-valuetext", at.textContent);
    cells.replaceChildren(...now.map((text, index) => {
      const cell = document.createElement("span");
      cell.textContent = text;
      if (text !== before[index]) cell.className = "changed";
      return cell;
    }));
    const x = (edges[step] + edges[step + 1]) / 2;
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    cursor.setAttribute("visibility", "visible");
    if (x < scroll.scrollLeft + 60 || x > scroll.scrollLeft + scroll.clientWidth - 20)
      scroll.scrollLeft = x - scroll.clientWidth / 2;
  };
  const move = by => { range.value = Number(range.value) + by; show(); };
  player.querySelector(".back").addEventListener("click", () => move(-1));
  player.querySelector(".on").addEventListener("click", () => move(1));
  range.addEventListener("input", show);
  picture.addEventListener("click", event => {
    const x = event.clientX - picture.getBoundingClientRect().left;
    const step = edges.findLastIndex(edge => edge <= x);
    range.value = Math.max(0, Math.min(step, edges.length - 2));
    show();
  });
  show();
}
