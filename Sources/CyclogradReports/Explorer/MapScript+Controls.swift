extension MapScript {
  /// Pointer, keys, search, filters, what is said of a neuron, saving.
  static let controls = #"""
    const text = (tag, content, parent) => {
      const element = document.createElement(tag);
      if (content !== undefined) element.textContent = content;
      if (parent) parent.append(element);
      return element;
    };
    const short = v => Number.isFinite(v) ? String(Number(v.toPrecision(4))) : "–";
    const about = find("about");
    function say() {
      about.replaceChildren();
      const id = chosen.node;
      if (chosen.path.length > 0) {
        const p = text("p", chosen.path.length + (chosen.path.length === 1 ? " edge: " : " edges: ") + names[sources[chosen.path[0]]], about);
        for (const e of chosen.path) p.append(" → (" + short(weights[e]) + ") " + names[targets[e]]);
      }
      if (id < 0) { if (chosen.path.length === 0) text("p", "No neuron is selected.", about); return; }
      if (id >= N) {
        const one = cluster[id - N];
        text("h3", nodeName(id), about);
        const button = text("button", "Open", about);
        button.type = "button";
        button.addEventListener("click", () => toggle(id));
        return;
      }
      const group = data.groups[groupOf[id]], component = componentOf[id];
      text("h3", names[id], about);
      text("p", "group " + group.name + (group.input ? ", input" : "") + (group.output ? ", output" : "")
        + "; " + group.activation + "; bias " + short(values.bias[id]) + "; activation " + short(values.activation[id])
        + "; slope " + short(values.slope[id]) + "; ∂(Σ outputs)/∂a " + short(values.sensitivity[id])
        + "; centrality " + short(values.centrality[id]) + "; "
        + (component < 0 ? "on no cycle" : "in cyclic component " + (component + 1) + " of "
          + data.components[component] + (data.components[component] === 1 ? " neuron" : " neurons")), about);
      const lists = text("div", undefined, about);
      lists.className = "lists";
      const list = (title, edges, other) => {
        const part = text("div", undefined, lists);
        const shown = edges.filter(isEdgeShown).sort((a, b) => Math.abs(weights[b]) - Math.abs(weights[a]));
        text("strong", title + ": " + shown.length + (shown.length > 100 ? ", the first 100" : ""), part);
        const ul = text("ul", undefined, part);
        for (const e of shown.slice(0, 100)) {
          const li = text("li", undefined, ul);
          const button = text("button", names[other(e)], li);
          button.type = "button";
          button.addEventListener("click", () => choose(other(e), true));
          text("span", short(weights[e]), li);
        }
      };
      list("In-edges", [...inEdges.subarray(inStarts[id], inStarts[id + 1])], e => sources[e]);
      list("Out-edges", Array.from({ length: outDegree[id] }, (_, i) => starts[id] + i), e => targets[e]);
    }
    function choose(id, isShown) {
      if (id >= 0 && id < N) { const before = nodes.length; reveal(id); if (nodes.length !== before) redraw(); }
      chosen.node = id;
      chosen.path = [];
      if (isShown && id >= 0) {
        const [x, y] = [view.k * nodeX(id) + view.x, view.k * nodeY(id) + view.y];
        if (x < 30 || y < 30 || x > width - 30 || y > height - 30) {
          view.x += width / 2 - x; view.y += height / 2 - y;
          moved();
        }
      }
      say();
      requestFrame();
    }
    function toggle(id) {
      cluster[id - N].open = true;
      find("fold").textContent = "Fold groups";
      const c = id - N;
      fold();
      chosen.node = -1; chosen.hover = -1;
      fit(nodes.filter(one => {
        for (let k = one < N ? clusterOf[one] : one - N; k >= 0; k = cluster[k].parent) if (k === c) return true;
        return false;
      }));
      counts(); say(); redraw();
    }
    const counts = () => {
      let edges = 0;
      for (let e = 0; e < M; e++) if (isEdgeShown(e)) edges++;
      let neurons = 0;
      for (let n = 0; n < N; n++) if (isNeuronShown(n)) neurons++;
      find("counts").textContent = neurons + " of " + N + " neurons, " + edges + " of " + M + " edges";
    };
    const nodeAt = (x, y) => {
      const s = nodeScale();
      let best = -1, nearest = 12;
      for (const id of nodes) {
        const d = Math.hypot(view.k * nodeX(id) + view.x - x, view.k * nodeY(id) + view.y - y)
          - (id >= N ? screenRadius(id, view.k, s) : Math.min(8, screenRadius(id, view.k, s)));
        if (d < nearest) { nearest = d; best = id; }
      }
      return best;
    };
    root.whereIs = name => {
      const n = names.indexOf(name), box = canvas.getBoundingClientRect();
      return [box.x + view.k * X[n] + view.x, box.y + view.k * Y[n] + view.y];
    };
    let hasMoved = false;
    const zoom = (factor, x = width / 2, y = height / 2) => {
      const k = Math.min(400 / unit, Math.max(1e-4, view.k * factor)), q = k / view.k;
      view.x = x - q * (x - view.x); view.y = y - q * (y - view.y); view.k = k;
      hasMoved = true;
      moved();
    };
    const pan = (dx, dy) => { hasMoved = true; view.x += dx; view.y += dy; moved(); };
    const pointers = new Map();
    let dragged = 0;
    const place = event => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.x, event.clientY - box.y]; };
    canvas.addEventListener("pointerdown", event => {
      pointers.set(event.pointerId, place(event));
      try { canvas.setPointerCapture(event.pointerId); } catch { /* the pointer has gone already */ }
      dragged = 0;
    });
    canvas.addEventListener("pointermove", event => {
      const now = place(event), before = pointers.get(event.pointerId);
      if (!before) {
        const id = nodeAt(...now);
        if (id !== chosen.hover) { chosen.hover = id; canvas.style.cursor = id >= 0 ? "pointer" : "grab"; requestFrame(); }
        return;
      }
      const others = [...pointers].filter(([id]) => id !== event.pointerId);
      dragged += Math.abs(now[0] - before[0]) + Math.abs(now[1] - before[1]);
      if (others.length > 0) {
        const [, fixed] = others[0];
        const far = p => Math.hypot(p[0] - fixed[0], p[1] - fixed[1]) || 1;
        zoom(far(now) / far(before), ...fixed);
      } else if (dragged > 3) pan(now[0] - before[0], now[1] - before[1]);
      pointers.set(event.pointerId, now);
    });
    const lift = event => {
      if (!pointers.delete(event.pointerId) || event.type === "pointercancel" || dragged > 3) return;
      const id = nodeAt(...place(event));
      if (id >= N) toggle(id); else choose(id, false);
    };
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    canvas.addEventListener("pointerleave", () => { chosen.hover = -1; requestFrame(); });
    canvas.addEventListener("wheel", event => {
      // Without the focus the page is scrolled as anywhere else.
      if (document.activeElement !== canvas && !event.ctrlKey) return;
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), ...place(event));
    }, { passive: false });
    canvas.addEventListener("keydown", event => {
      const step = n => {
        const shown = nodes.filter(id => id < N);
        if (shown.length === 0) { if (nodes.length > 0) { chosen.node = nodes[0]; say(); requestFrame(); } return; }
        const at = shown.indexOf(chosen.node);
        choose(shown[(at < 0 ? (n > 0 ? 0 : shown.length - 1) : at + n + shown.length) % shown.length], true);
      };
      const actions = { ArrowLeft: () => pan(60, 0), ArrowRight: () => pan(-60, 0), ArrowUp: () => pan(0, 60),
        ArrowDown: () => pan(0, -60), "+": () => zoom(1.3), "=": () => zoom(1.3), "-": () => zoom(1 / 1.3),
        "0": () => { fit(); redraw(); }, Home: () => { fit(); redraw(); }, "[": () => step(-1), "]": () => step(1),
        Enter: () => { if (chosen.node >= N) toggle(chosen.node); },
        Escape: () => { chosen.node = -1; chosen.path = []; say(); requestFrame(); } };
      if (!actions[event.key] || event.altKey || event.metaKey) return;
      event.preventDefault();
      actions[event.key]();
    });
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
    function follow(from, to, words) {
      const path = shortest(from, to);
      if (!path) { chosen.path = []; say(); text("p", words, about); return; }
      for (const e of path) { reveal(sources[e]); reveal(targets[e]); }
      chosen.path = path;
      fit([...new Set(path.flatMap(e => [node[sources[e]], node[targets[e]]]))]);
      view.k = Math.min(view.k, 90 / unit);
      const xs = path.flatMap(e => [X[sources[e]], X[targets[e]]]), ys = path.flatMap(e => [Y[sources[e]], Y[targets[e]]]);
      view.x = width / 2 - view.k * (Math.min(...xs) + Math.max(...xs)) / 2;
      view.y = height / 2 - view.k * (Math.min(...ys) + Math.max(...ys)) / 2;
      say(); redraw();
    }
    const needNeuron = () => {
      if (chosen.node >= 0 && chosen.node < N) return true;
      about.replaceChildren();
      text("p", "Select the neuron to begin with first.", about);
      return false;
    };
    on("path", "click", () => {
      if (!needNeuron()) return;
      const [to] = matches(find("goal").value, 1);
      if (to === undefined) { say(); text("p", "No neuron has the name to which the path should lead.", about); return; }
      follow(chosen.node, to, "No path of shown edges leads from " + names[chosen.node] + " to " + names[to] + ".");
    });
    on("goal", "keydown", event => { if (event.key === "Enter") find("path").click(); });
    on("cycle", "click", () => {
      if (needNeuron()) follow(chosen.node, chosen.node, names[chosen.node] + " is on no cycle of shown edges.");
    });
    const save = (blob, name) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    };
    on("save-png", "click", () => canvas.toBlob(blob => save(blob, "network.png"), "image/png"));
    const svgText = value => value.replace(/[&<>"]/g, c => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;" })[c]);
    root.svg = () => {
      const s = nodeScale(), f = v => v.toFixed(2);
      const sx = id => view.k * nodeX(id) + view.x, sy = id => view.k * nodeY(id) + view.y;
      const parts = ['<svg xmlns="http:' + '//www.w3.org/2000/svg" viewBox="0 0 ' + f(width) + " " + f(height) + '" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="' + paint.ground + '"/>'];
      const line = (a, b, weight, wide) => parts.push('<path d="M' + f(sx(a)) + " " + f(sy(a)) + "L" + f(sx(b)) + " " + f(sy(b))
        + '" stroke="' + paint.series[weight < 0 ? 1 : 0] + '" stroke-width="' + f(wide) + '" stroke-opacity="0.5"/>');
      for (let e = 0; e < M; e++) {
        if (isEdgeShown(e) && node[sources[e]] < N && node[targets[e]] < N) {
          line(sources[e], targets[e], weights[e], 0.5 + 1.5 * Math.abs(weights[e]) / (largest || 1));
        }
      }
      for (const edge of closedEdges) line(edge.a, edge.b, edge.weight, Math.min(6, 0.6 + Math.log10(edge.count)));
      for (const id of nodes) {
        parts.push('<circle cx="' + f(sx(id)) + '" cy="' + f(sy(id)) + '" r="' + f(screenRadius(id, view.k, s)) + '" fill="' + colour(id)
          + '"><title>' + svgText(nodeName(id)) + "</title></circle>");
      }
      if (nodes.length <= 300) {
        for (const id of nodes) {
          parts.push('<text text-anchor="middle" fill="' + paint.ink + '" x="' + f(sx(id)) + '" y="' + f(sy(id) + screenRadius(id, view.k, s) + 12)
            + '">' + svgText(nodeName(id)) + "</text>");
        }
      }
      return parts.join("\n") + "</svg>\n";
    };
    on("save-svg", "click", () => save(new Blob([root.svg()], { type: "image/svg+xml" }), "network.svg"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readPaint(); explain(); redraw(); });
    new ResizeObserver(() => {
      const [x, y] = [(width / 2 - view.x) / view.k, (height / 2 - view.y) / view.k];
      resize();
      if (!hasMoved) { fit(); redraw(); return; }
      view.x = width / 2 - view.k * x; view.y = height / 2 - view.k * y;
      redraw();
    }).observe(canvas);
    readPaint();
    resize();
    fold();
    // One thing alone that is closed tells nothing.
    while (nodes.length === 1 && nodes[0] >= N) { cluster[nodes[0] - N].open = true; fold(); }
    if (data.groups.length === 1) colourBy = has("activation") ? "activation" : "centrality";
    find("colour").value = colourBy;
    fit();
    explain();
    counts();
    redraw();
    """# + "\n"
}
