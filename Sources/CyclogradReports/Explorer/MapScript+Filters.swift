extension MapScript {
  /// Search, colours, sizes and filters.
  static let filters = #"""
    const on = (name, event, action) => find(name).addEventListener(event, action);
    const matches = (wanted, limit) => {
      const lower = wanted.trim().toLowerCase(), first = [], rest = [];
      if (lower.length === 0) return [];
      for (let n = 0; n < N && first.length < limit; n++) {
        const name = names[n].toLowerCase(), at = name.indexOf(lower);
        if (name === lower) first.unshift(n); else if (at === 0) first.push(n); else if (at > 0 && rest.length < limit) rest.push(n);
      }
      return [...first, ...rest].slice(0, limit);
    };
    const hits = find("hits");
    on("search", "input", () => {
      hits.replaceChildren();
      const found = matches(find("search").value, 12);
      if (found.length === 0 && find("search").value.trim().length > 0) text("li", "no such name", hits);
      for (const n of found) {
        const button = text("button", names[n], text("li", undefined, hits));
        button.type = "button";
        button.addEventListener("click", () => { hits.replaceChildren(); find("search").value = names[n]; go(n); });
      }
    });
    const go = n => {
      reveal(n);
      view.k = Math.max(view.k, 60 / unit);
      view.x = width / 2 - view.k * X[n]; view.y = height / 2 - view.k * Y[n];
      choose(n, true);
      moved();
    };
    on("search", "keydown", event => {
      if (event.key === "Enter") { const [n] = matches(find("search").value, 1); if (n !== undefined) { hits.replaceChildren(); go(n); } }
      if (event.key === "Escape") hits.replaceChildren();
      if (event.key === "ArrowDown") { event.preventDefault(); hits.querySelector("button")?.focus(); }
    });
    hits.addEventListener("keydown", event => {
      const all = [...hits.querySelectorAll("button")], at = all.indexOf(document.activeElement);
      if (event.key === "Escape") { hits.replaceChildren(); find("search").focus(); }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        const next = at + (event.key === "ArrowDown" ? 1 : -1);
        if (next < 0) find("search").focus(); else all[next]?.focus();
      }
    });
    const choice = (name, entries) => entries.forEach(([value, label]) => {
      text("option", label, find(name)).value = value;
    });
    // What is the same everywhere tells nothing.
    const has = name => { const { low, high } = bounds(values[name]); return low < high; };
    choice("colour", [["group", "group"], ["component", "cyclic component"], ["function", "activation function"],
      ["activation", "activation a"], ["slope", "slope"], ["sensitivity", "∂(Σ outputs)/∂a"], ["bias", "bias"],
      ["centrality", "centrality"]].filter(([name]) => !values[name] || has(name)));
    choice("size", [["degree", "degree"], ["activation", "|activation|"], ["same", "all the same"]]
      .filter(([name]) => name !== "activation" || has(name)));
    choice("group", [[-1, "all"], ...data.groups.map((g, i) => [i, g.name])]);
    choice("component", [[-1, "all"], ...data.components.map((size, i) => [i, size]).sort((a, b) => b[1] - a[1])
      .slice(0, 200).map(([i, size]) => [i, (i + 1) + ": " + size + (size === 1 ? " neuron" : " neurons")])]);
    function explain() {
      const key = find("key");
      key.replaceChildren();
      const entry = (colour, words) => {
        const span = text("span", undefined, key);
        text("i", undefined, span).style.background = colour;
        span.append(words);
      };
      const listed = { group: data.groups.map(g => g.name), function: activationNames }[colourBy];
      if (listed) listed.slice(0, 24).forEach((name, i) => entry(category(i), name));
      if (listed && listed.length > 24) text("span", "and " + (listed.length - 24) + " more", key);
      if (colourBy === "component") {
        entry(paint.faint, "on no cycle");
        data.components.slice(0, 12).forEach((size, i) => entry(category(i), "component " + (i + 1) + " (" + size + ")"));
        if (data.components.length > 12) text("span", "and " + (data.components.length - 12) + " more", key);
      }
      if (values[colourBy]) {
        scale = bounds(values[colourBy]);
        const span = text("span", undefined, key);
        span.append(short(scale.low));
        const stops = [0, 0.25, 0.5, 0.75, 1].map(t => tone(scale.low + t * (scale.high - scale.low)));
        text("b", undefined, span).style.background = "linear-gradient(90deg," + stops.join(",") + ")";
        span.append(short(scale.high));
      }
      entry(paint.series[0], "positive weights");
      entry(paint.series[1], "negative weights");
    }
    on("colour", "change", () => { colourBy = find("colour").value; explain(); redraw(); });
    on("size", "change", () => { sizeBy = find("size").value; redraw(); });
    const refilter = () => { fold(); counts(); if (chosen.node >= 0) say(); redraw(); };
    on("least", "input", () => {
      // Steps of equal factors between the smallest and the largest weight.
      const t = find("least").value / 1000;
      filter.least = t === 0 || largest === 0 ? 0 : smallest * Math.pow(largest / smallest, t) * (1 - 1e-6);
      find("least-value").textContent = short(filter.least);
      refilter();
    });
    on("sign", "change", () => { filter.sign = Number(find("sign").value); refilter(); });
    on("group", "change", () => { filter.group = Number(find("group").value); refilter(); });
    on("component", "change", () => { filter.component = Number(find("component").value); refilter(); });
    on("nearer", "click", () => zoom(1.4));
    on("farther", "click", () => zoom(1 / 1.4));
    on("fit", "click", () => { fit(); redraw(); });
    on("fold", "click", () => {
      const isFolded = !cluster.some(one => one.open);
      for (const one of cluster) one.open = isFolded;
      find("fold").textContent = isFolded ? "Fold groups" : "Unfold groups";
      chosen.node = -1; chosen.hover = -1; chosen.path = [];
      fold(); fit(); say(); redraw();
    });
    if (data.closed) find("fold").textContent = "Unfold groups";
    """# + "\n"
}
