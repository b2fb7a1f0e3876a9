extension MapScript {
  /// Colours, sizes, and the canvas: edges and neurons are drawn into a bitmap larger than the window, in pieces
  /// of some milliseconds; moving about only copies it.
  static let picture = #"""
    const canvas = root.querySelector("canvas"), context = canvas.getContext("2d");
    const style = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
    let paint = {};
    const readPaint = () => {
      paint = { ground: style("ground"), ink: style("ink"), faint: style("faint"), grid: style("grid"),
        series: [0, 1, 2, 3, 4, 5].map(i => style("c" + i)) };
    };
    const hues = (index, isDark) => "hsl(" + (index * 137.508 % 360) + " 60% " + (isDark ? 62 : 42) + "%)";
    const isDark = () => matchMedia("(prefers-color-scheme: dark)").matches;
    // The first two colours are those of weights.
    const category = index => index < 0 ? paint.faint
      : index < 3 ? paint.series[index + 2] : hues(index, isDark());
    const mix = (a, b, t) => {
      const p = c => [1, 3, 5].map(i => parseInt(c.slice(i, i + 2), 16));
      const [u, v] = [p(a), p(b)];
      return "rgb(" + u.map((c, i) => Math.round(c + (v[i] - c) * t)).join(" ") + ")";
    };
    let colourBy = "group", sizeBy = "degree", scale = { low: 0, high: 1 };
    const bounds = array => {
      let low = Infinity, high = -Infinity;
      for (const v of array) if (Number.isFinite(v)) { low = Math.min(low, v); high = Math.max(high, v); }
      return low > high ? { low: 0, high: 0 } : { low, high };
    };
    const activationNames = [...new Set(data.groups.map(g => g.activation))];
    const tone = v => {
      if (!Number.isFinite(v)) return paint.grid;
      const most = Math.max(Math.abs(scale.low), Math.abs(scale.high)) || 1;
      const t = Math.sqrt(Math.min(1, Math.abs(v) / most));
      return mix(paint.grid, paint.series[v < 0 ? 1 : 0], t);
    };
    const colour = id => {
      if (id >= N) return paint.grid;
      if (colourBy === "group") return category(groupOf[id]);
      if (colourBy === "component") return category(componentOf[id]);
      if (colourBy === "function") return category(activationNames.indexOf(data.groups[groupOf[id]].activation));
      return tone(values[colourBy][id]);
    };
    let topDegree = 1, topActivation = 0;
    for (let n = 0; n < N; n++) {
      topDegree = Math.max(topDegree, inDegree[n] + outDegree[n]);
      if (Number.isFinite(values.activation[n])) topActivation = Math.max(topActivation, Math.abs(values.activation[n]));
    }
    // About how far neurons stand apart: the side of a square for each.
    const unit = (() => {
      const [h, v] = [bounds(X), bounds(Y)];
      return Math.max(1, Math.sqrt(Math.max(1, h.high - h.low) * Math.max(1, v.high - v.low) / N));
    })();
    const radius = id => {
      if (id >= N) return cluster[id - N].r;
      return unit * share(id);
    };
    const share = id => {
      if (sizeBy === "degree") return 0.15 + 0.3 * Math.sqrt((inDegree[id] + outDegree[id]) / topDegree);
      if (sizeBy === "activation") return 0.15 + 0.3 * (Math.abs(values.activation[id]) / (topActivation || 1) || 0);
      return 0.25;
    };

    // Screen = view.k · place + (view.x, view.y), in CSS pixels.
    const view = { k: 1, x: 0, y: 0 };
    let width = 1, height = 1, ratio = 1;
    let bitmap = null, job = null, idle = 0, framePending = false;
    const chosen = { node: -1, path: [], hover: -1 };
    const frames = [];
    root.frames = frames;
    root.isDrawn = () => bitmap !== null && job === null && idle === 0 && !framePending;
    const margin = 0.35;
    function resize() {
      const box = canvas.getBoundingClientRect();
      ratio = Math.min(devicePixelRatio || 1, N > 2000 ? 1 : 2);
      width = Math.max(1, box.width); height = Math.max(1, box.height);
      canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
    }
    function fit(ids = nodes) {
      let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
      for (const id of ids) {
        const r = radius(id);
        left = Math.min(left, nodeX(id) - r); right = Math.max(right, nodeX(id) + r);
        top = Math.min(top, nodeY(id) - r); bottom = Math.max(bottom, nodeY(id) + r);
      }
      if (left > right) return;
      view.k = Math.min((width - 40) / Math.max(1, right - left), (height - 60) / Math.max(1, bottom - top), 150 / unit);
      view.x = width / 2 - view.k * (left + right) / 2;
      view.y = height / 2 - view.k * (top + bottom) / 2;
    }
    const nodeScale = () => Math.min(1, Math.max(0.3, unit * view.k / 30));
    const screenRadius = (id, k) => id >= N ? Math.max(6, radius(id) * k)
      : Math.min(14 + 10 * share(id), Math.max(1.2, radius(id) * k));

    // One bitmap, drawn piece by piece: edges, then nodes, then names.
    function* drawing(target, at) {
      const c = target.getContext("2d");
      c.setTransform(ratio, 0, 0, ratio, 0, 0);
      c.clearRect(0, 0, target.width, target.height);
      const [ox, oy] = [at.x + margin * width, at.y + margin * height];
      const [w, h] = [(1 + 2 * margin) * width, (1 + 2 * margin) * height];
      const sx = id => at.k * nodeX(id) + ox, sy = id => at.k * nodeY(id) + oy;
      const s = nodeScale();
      c.lineCap = "butt";
      const alpha = Math.max(0.06, Math.min(0.7, 30 / Math.sqrt(M + 1)));
      const strong = largest || 1;
      // A few edges of each sign in turn, so that neither lies on top of the other.
      const piece = Math.max(64, Math.min(2048, M >> 6));
      for (const level of [0, 1, 2]) {
        const [from, to] = [[0, 0.25], [0.25, 0.6], [0.6, Infinity]][level];
        c.globalAlpha = alpha * [0.7, 0.9, 1.2][level];
        c.lineWidth = [0.6, 1, 1.8][level] * Math.max(0.6, s);
        for (let begin = 0; begin < M; begin += piece) {
          for (const sign of [1, -1]) {
            c.strokeStyle = paint.series[sign > 0 ? 0 : 1];
            c.beginPath();
            let open = 0;
            for (let e = begin; e < Math.min(M, begin + piece); e++) {
              const weight = weights[e], share = Math.abs(weight) / strong;
              if ((weight < 0 ? -1 : 1) !== sign || share < from || share >= to || !isEdgeShown(e)) continue;
              const a = sources[e], b = targets[e];
              if (node[a] >= N || node[b] >= N) continue;
              const [x1, y1, x2, y2] = [at.k * X[a] + ox, at.k * Y[a] + oy, at.k * X[b] + ox, at.k * Y[b] + oy];
              if ((x1 < 0 && x2 < 0) || (y1 < 0 && y2 < 0) || (x1 > w && x2 > w) || (y1 > h && y2 > h)) continue;
              arrow(c, x1, y1, x2, y2, screenRadius(a, at.k, s), screenRadius(b, at.k, s), a === b);
              if (++open >= 400) { c.stroke(); c.beginPath(); open = 0; yield; }
            }
            if (open > 0) c.stroke();
          }
          yield;
        }
      }
      c.globalAlpha = Math.max(0.06, Math.min(0.5, 12 / Math.sqrt(closedEdges.length + 1)));
      for (const edge of closedEdges) {
        c.strokeStyle = paint.series[edge.weight < 0 ? 1 : 0];
        c.lineWidth = Math.min(6, 0.6 + 0.7 * Math.log10(edge.count));
        c.beginPath();
        arrow(c, sx(edge.a), sy(edge.a), sx(edge.b), sy(edge.b), screenRadius(edge.a, at.k, s),
          screenRadius(edge.b, at.k, s), false);
        c.stroke();
      }
      c.globalAlpha = 1;
      let drawn = 0;
      for (const id of nodes) {
        if ((++drawn & 511) === 0) yield;
        const [x, y, r] = [sx(id), sy(id), screenRadius(id, at.k, s)];
        if (x < -r || y < -r || x > w + r || y > h + r) continue;
        c.fillStyle = colour(id);
        c.beginPath();
        if (r < 2) c.rect(x - r, y - r, 2 * r, 2 * r); else c.arc(x, y, r, 0, 7);
        c.fill();
        if (r > 3) { c.strokeStyle = paint.ground; c.lineWidth = 1; c.stroke(); }
      }
      yield;
      yield* labelling(c, at, sx, sy, s, w, h);
    }
    function arrow(c, x1, y1, x2, y2, r1, r2, isLoop) {
      if (isLoop) { c.moveTo(x1 + r1, y1 - r1); c.arc(x1, y1 - 1.6 * r1, Math.max(2, r1), 0.8, 8.6 - 2); return; }
      const dx = x2 - x1, dy = y2 - y1, length = Math.hypot(dx, dy);
      if (length < 1e-6) return;
      const [ux, uy] = [dx / length, dy / length];
      // Bent a little to the right, so that two directions are two lines.
      const bend = Math.min(24, 0.08 * length);
      const [mx, my] = [(x1 + x2) / 2 - uy * bend, (y1 + y2) / 2 + ux * bend];
      c.moveTo(x1, y1);
      if (length < 12) { c.lineTo(x2, y2); return; }
      c.quadraticCurveTo(mx, my, x2, y2);
      if (r2 < 3) return;
      let [tx, ty] = [x2 - mx, y2 - my];
      const t = Math.hypot(tx, ty) || 1;
      tx /= t; ty /= t;
      const [ex, ey] = [x2 - tx * (r2 + 1), y2 - ty * (r2 + 1)];
      c.moveTo(ex - 5 * tx - 2.5 * ty, ey - 5 * ty + 2.5 * tx);
      c.lineTo(ex, ey);
      c.lineTo(ex - 5 * tx + 2.5 * ty, ey - 5 * ty - 2.5 * tx);
    }
    function* labelling(c, at, sx, sy, s, w, h) {
      const inside = nodes.filter(id => {
        const [x, y] = [sx(id), sy(id)];
        return x > 0 && y > 0 && x < w && y < h;
      });
      inside.sort((a, b) => radius(b) - radius(a));
      const taken = new Set();
      c.font = "12px system-ui,sans-serif";
      c.textAlign = "center";
      c.lineJoin = "round";
      let written = 0;
      for (const id of inside.slice(0, 4000)) {
        if (written >= 250) break;
        const text = nodeName(id), long = 7 * text.length;
        const [x, y] = [sx(id), sy(id) + (id >= N ? 4 : screenRadius(id, at.k, s) + 12)];
        const cells = [];
        for (let i = Math.floor((x - long / 2) / 24); i <= Math.floor((x + long / 2) / 24); i++) {
          for (const j of [Math.floor((y - 12) / 14), Math.floor(y / 14)]) cells.push(i * 100003 + j);
        }
        if (cells.some(cell => taken.has(cell))) continue;
        cells.forEach(cell => taken.add(cell));
        c.strokeStyle = paint.ground; c.lineWidth = 3; c.strokeText(text, x, y);
        c.fillStyle = paint.ink; c.fillText(text, x, y);
        if ((++written & 31) === 0) yield;
      }
    }
    function restart() {
      idle = 0;
      const target = document.createElement("canvas");
      target.width = Math.round((1 + 2 * margin) * width * ratio);
      target.height = Math.round((1 + 2 * margin) * height * ratio);
      const at = { ...view };
      job = { steps: drawing(target, at), target, at };
      requestFrame();
    }
    function work() {
      const end = performance.now() + 12;
      while (job && performance.now() < end) {
        if (job.steps.next().done) { bitmap = { image: job.target, at: job.at }; job = null; }
      }
    }
    function compose() {
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.fillStyle = paint.ground;
      context.fillRect(0, 0, width, height);
      if (bitmap) {
        const q = view.k / bitmap.at.k;
        const x = view.x - q * (bitmap.at.x + margin * width), y = view.y - q * (bitmap.at.y + margin * height);
        context.imageSmoothingEnabled = q !== 1;
        context.drawImage(bitmap.image, x, y, q * (1 + 2 * margin) * width, q * (1 + 2 * margin) * height);
      }
      highlight(context);
    }
    function highlight(c) {
      const s = nodeScale();
      const sx = id => view.k * nodeX(id) + view.x, sy = id => view.k * nodeY(id) + view.y;
      const line = (a, b) => arrow(c, sx(a), sy(a), sx(b), sy(b), screenRadius(a, view.k, s),
        screenRadius(b, view.k, s), a === b);
      if (chosen.node >= 0 && chosen.node < N && chosen.path.length === 0) {
        const n = chosen.node;
        c.lineWidth = 1.6;
        c.globalAlpha = 0.9;
        let count = 0;
        for (const [first, last, at] of [[starts[n], starts[n + 1], e => e], [inStarts[n], inStarts[n + 1], i => inEdges[i]]]) {
          for (let i = first; i < last && count < 600; i++) {
            const e = at(i);
            if (!isEdgeShown(e)) continue;
            count++;
            c.strokeStyle = paint.series[weights[e] < 0 ? 1 : 0];
            c.beginPath(); line(node[sources[e]], node[targets[e]]); c.stroke();
          }
        }
        c.globalAlpha = 1;
      }
      if (chosen.path.length > 0) {
        c.strokeStyle = paint.ink; c.lineWidth = 3;
        for (const e of chosen.path) { c.beginPath(); line(node[sources[e]], node[targets[e]]); c.stroke(); }
      }
      const marked = new Set([chosen.node, chosen.hover].filter(id => id >= 0));
      for (const e of chosen.path) { marked.add(node[sources[e]]); marked.add(node[targets[e]]); }
      c.font = "600 13px system-ui,sans-serif"; c.textAlign = "center";
      for (const id of marked) {
        const [x, y, r] = [sx(id), sy(id), screenRadius(id, view.k, s)];
        c.fillStyle = colour(id); c.strokeStyle = paint.ink; c.lineWidth = 2.5;
        c.beginPath(); c.arc(x, y, Math.max(4, r + 1), 0, 7); c.fill(); c.stroke();
        c.strokeStyle = paint.ground; c.lineWidth = 4; c.strokeText(nodeName(id), x, y - r - 7);
        c.fillStyle = paint.ink; c.fillText(nodeName(id), x, y - r - 7);
      }
    }
    function requestFrame() {
      if (framePending) return;
      framePending = true;
      requestAnimationFrame(() => {
        framePending = false;
        const begin = performance.now();
        work();
        compose();
        frames.push(performance.now() - begin);
        if (frames.length > 4000) frames.splice(0, 2000);
        if (job) requestFrame();
      });
    }
    // The picture has moved: it is copied at once, and drawn anew when it has come to rest.
    function moved() {
      job = null;
      clearTimeout(idle);
      idle = setTimeout(restart, 160);
      requestFrame();
    }
    const redraw = () => { clearTimeout(idle); restart(); };

    """#
}
