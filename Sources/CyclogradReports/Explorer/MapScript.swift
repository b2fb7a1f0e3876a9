/// What makes a network explorable: the model, the picture, and the controls. Nothing is loaded, and names only
/// become text.
enum MapScript {
  static let text = "(() => {\n\(model)\(picture)\(controls)\(filters)\(results)})();\n"

  /// The data, what is folded, filters, paths.
  static let model = #"""
    const root = document.getElementById("network-explorer");
    const find = name => root.querySelector("." + name);
    const source = find("data");
    const data = JSON.parse(source.textContent);
    source.remove();
    const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer;
    const floats = text => new Float32Array(bytes(text));
    const wholes = text => new Int32Array(bytes(text));
    const N = data.names.length, names = data.names;
    const X = floats(data.x), Y = floats(data.y);
    const values = {};
    for (const name of ["bias", "activation", "slope", "sensitivity", "centrality"]) values[name] = floats(data[name]);
    const groupOf = wholes(data.group), componentOf = wholes(data.component), clusterOf = wholes(data.cluster);
    const starts = wholes(data.starts), targets = wholes(data.targets), weights = floats(data.weights);
    const M = targets.length;
    const sources = new Int32Array(M), inDegree = new Int32Array(N), outDegree = new Int32Array(N);
    for (let n = 0; n < N; n++) {
      outDegree[n] = starts[n + 1] - starts[n];
      for (let e = starts[n]; e < starts[n + 1]; e++) { sources[e] = n; inDegree[targets[e]]++; }
    }
    // Edges by the neuron that they enter.
    const inStarts = new Int32Array(N + 1), inEdges = new Int32Array(M);
    for (let n = 0; n < N; n++) inStarts[n + 1] = inStarts[n] + inDegree[n];
    { const next = inStarts.slice(); for (let e = 0; e < M; e++) inEdges[next[targets[e]]++] = e; }
    let largest = 0, smallest = Infinity;
    for (const w of weights) {
      const size = Math.abs(w);
      if (size > largest && size < Infinity) largest = size;
      if (size > 0 && size < smallest) smallest = size;
    }
    const filter = { least: 0, sign: 0, group: -1, component: -1 };
    const isNeuronShown = n => (filter.group < 0 || groupOf[n] === filter.group)
      && (filter.component < 0 || componentOf[n] === filter.component);
    const isEdgeShown = e => {
      const w = weights[e];
      return Math.abs(w) >= filter.least && (filter.sign === 0 || w * filter.sign > 0)
        && (filter.group < 0 || groupOf[sources[e]] === filter.group || groupOf[targets[e]] === filter.group)
        && (filter.component < 0 || (componentOf[sources[e]] === filter.component
          && componentOf[targets[e]] === filter.component));
    };

    // What is closed stands for its neurons. A node is a neuron (n) or a closed cluster (N + c).
    const C = data.clusters.length;
    const cluster = data.clusters.map(one => ({ name: one.name, parent: one.parent, count: 0, x: 0, y: 0, r: 0,
      open: !data.closed }));
    for (let n = 0; n < N; n++) {
      for (let c = clusterOf[n]; c >= 0; c = cluster[c].parent) {
        cluster[c].count++; cluster[c].x += X[n]; cluster[c].y += Y[n];
      }
    }
    for (const one of cluster) { one.x /= one.count || 1; one.y /= one.count || 1; one.r = 14 * Math.sqrt(one.count); }
    const node = new Int32Array(N);
    let nodes = [], closedEdges = [];
    const nodeX = id => id < N ? X[id] : cluster[id - N].x;
    const nodeY = id => id < N ? Y[id] : cluster[id - N].y;
    const nodeName = id => id < N ? names[id] : cluster[id - N].name + " (" + cluster[id - N].count + " neurons)";
    function fold() {
      const top = new Int32Array(C);
      for (let c = 0; c < C; c++) {
        const parent = cluster[c].parent;
        const above = parent >= 0 ? top[parent] : -1;
        top[c] = above >= 0 ? above : (cluster[c].open ? -1 : c);
      }
      const seen = new Set();
      for (let n = 0; n < N; n++) {
        const c = top[clusterOf[n]];
        node[n] = c >= 0 ? N + c : n;
        if (isNeuronShown(n)) seen.add(node[n]);
      }
      nodes = [...seen];
      // Edges of what is closed are added up; single ones are drawn from the arrays.
      const sums = new Map();
      for (let e = 0; e < M; e++) {
        const a = node[sources[e]], b = node[targets[e]];
        if ((a < N && b < N) || a === b || !isEdgeShown(e)) continue;
        const key = a * (N + C) + b, known = sums.get(key);
        if (known) { known.count++; known.weight += weights[e]; } else sums.set(key, { a, b, count: 1, weight: weights[e] });
      }
      closedEdges = [...sums.values()];
    }
    const reveal = n => {
      let changed = false;
      for (let c = clusterOf[n]; c >= 0; c = cluster[c].parent) {
        if (!cluster[c].open) { cluster[c].open = true; changed = true; }
      }
      if (changed) fold();
    };
    // The path of the fewest shown edges from one neuron to another; to itself, a cycle.
    function shortest(from, to) {
      const before = new Int32Array(N).fill(-1);
      let front = [from];
      while (front.length > 0) {
        const next = [];
        for (const n of front) {
          for (let e = starts[n]; e < starts[n + 1]; e++) {
            const t = targets[e];
            if (before[t] >= 0 || !isEdgeShown(e)) continue;
            before[t] = e;
            if (t === to) {
              const path = [e];
              while (sources[path[0]] !== from) path.unshift(before[sources[path[0]]]);
              return path;
            }
            next.push(t);
          }
        }
        front = next;
      }
      return null;
    }

    """#
}
