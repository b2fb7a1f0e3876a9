extension MapScript {
  /// Paths and cycles, saving, and how the picture begins.
  static let results = #"""
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
