extension MapScript {
  /// Pointer, keys, and what is said of a neuron.
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
    """# + "\n"
}
