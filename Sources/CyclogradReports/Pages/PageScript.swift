/// What a page does when someone points at it: values of marks, series that come and go.
///
/// It reads the page alone; nothing is written into it.
enum PageScript {
  static let text = #"""
    "use strict";
    const enliven = figure => {
      const picture = figure.querySelector(".picture");
      // What brings a script of its own has no picture.
      if (!picture) return;
      const svg = picture.querySelector("svg");
      // What replaces the figure ends what listens for it.
      figure.ending = new AbortController();
      const readout = figure.querySelector(".readout");
      const bubble = document.createElement("div");
      bubble.className = "bubble off";
      figure.append(bubble);
      // Titles become our own bubbles: at once, on touch, and by keys.
      const heading = svg.querySelector(":scope > title");
      svg.setAttribute("aria-label", heading.textContent);
      svg.removeAttribute("aria-labelledby");
      const about = svg.querySelector(":scope > desc").textContent;
      svg.setAttribute("aria-description", about);
      heading.remove();
      const marks = [...svg.querySelectorAll("title")].map(title => {
        const mark = title.parentNode;
        const text = title.textContent;
        title.remove();
        return { mark, text, series: mark.closest("[data-series]") };
      });
      const byMark = new Map(marks.map(one => [one.mark, one]));
      let current = -1;
      const isShown = one => !(one.series && one.series.classList.contains("off"));
      const centre = one => {
        const box = one.mark.getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];
      };
      const leave = () => {
        if (marks[current]) marks[current].mark.classList.remove("on");
        current = -1;
        bubble.classList.add("off");
      };
      const show = index => {
        leave();
        current = index;
        const one = marks[index];
        one.mark.classList.add("on");
        readout.textContent = one.text;
        bubble.textContent = one.text;
        bubble.classList.remove("off");
        place();
      };
      const place = () => {
        const [x, y] = centre(marks[current]);
        const size = bubble.getBoundingClientRect();
        const left = Math.min(Math.max(4, x - size.width / 2), innerWidth - size.width - 4);
        const above = y - size.height - 14;
        bubble.style.left = left + "px";
        bubble.style.top = (above > 4 ? above : y + 14) + "px";
      };
      const nearest = event => {
        let hit = event.target;
        while (hit !== svg && !byMark.has(hit)) hit = hit.parentNode;
        if (hit !== svg) return marks.indexOf(byMark.get(hit));
        let best = -1, distance = 40;
        marks.forEach((one, index) => {
          if (!isShown(one) || one.mark.tagName !== "path") return;
          const [x, y] = centre(one);
          const d = Math.hypot(x - event.clientX, y - event.clientY);
          if (d < distance) { distance = d; best = index; }
        });
        return best;
      };
      svg.addEventListener("pointermove", event => {
        const index = nearest(event);
        if (index < 0) leave(); else if (index !== current) show(index);
      });
      svg.addEventListener("pointerdown", event => {
        const index = nearest(event);
        if (index >= 0) show(index);
      });
      svg.addEventListener("pointerleave", leave);
      addEventListener("scroll", () => { if (current >= 0) place(); },
        { passive: true, capture: true, signal: figure.ending.signal });
      if (marks.length > 0) {
        picture.tabIndex = 0;
        picture.setAttribute("role", "group");
        picture.setAttribute("aria-label",
          svg.getAttribute("aria-label") + "; arrow keys go through the values");
      }
      picture.addEventListener("keydown", event => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        const end = { Home: 0, End: marks.length - 1 }[event.key];
        if (event.key === "Escape") { leave(); return; }
        if (step === undefined && end === undefined) return;
        let index = end === undefined ? (current < 0 && step < 0 ? marks.length : current) + step : end;
        const onward = end === undefined ? step : (end === 0 ? 1 : -1);
        while (index >= 0 && index < marks.length && !isShown(marks[index])) index += onward;
        event.preventDefault();
        if (index < 0 || index >= marks.length) return;
        marks[index].mark.scrollIntoView({ block: "nearest", inline: "nearest" });
        show(index);
      });
      picture.addEventListener("blur", leave);
      figure.querySelectorAll(".legend button").forEach(button => {
        button.addEventListener("click", () => {
          const isOn = button.getAttribute("aria-pressed") !== "true";
          button.setAttribute("aria-pressed", isOn);
          svg.querySelectorAll('g[data-series="' + button.dataset.series + '"]')
            .forEach(group => group.classList.toggle("off", !isOn));
          leave();
        });
      });
    };
    document.querySelectorAll("figure").forEach(enliven);

    """#
}
