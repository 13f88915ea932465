// The keys of the graph: left and right follow the pipes, up and down change between them.

export function listen(band) {
  const {graph} = band;
  const letters = {
    b: () => band.showBottleneck(),
    g: () => band.page.toggleGrouping(),
    t: () => band.page.tidy(),
  };

  graph.root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const key = event.target.closest(".vessel")?.dataset.key;
    const target = key && next(graph, key, event.key);
    if (target) graph.focus(target);
    else letters[event.key]?.();
    if (target || event.key.startsWith("Arrow")) event.preventDefault();
  });
}

function next(graph, key, pressed) {
  const vertex = graph.vertices.get(key);
  const {cells} = graph.layout;
  const here = cells.get(key);
  switch (pressed) {
    case "ArrowRight": return nearest(cells, here, vertex.to);
    case "ArrowLeft": return nearest(cells, here, vertex.from);
    case "ArrowDown": return nearest(cells, here, keysWhere(cells, ({row}) => row > here.row));
    case "ArrowUp": return nearest(cells, here, keysWhere(cells, ({row}) => row < here.row));
    default: return undefined;
  }
}

function keysWhere(cells, accepts) {
  return [...cells].filter(([, cell]) => accepts(cell)).map(([key]) => key);
}

function nearest(cells, {column, row}, keys) {
  let best;
  let least = Infinity;
  for (const key of keys) {
    const cell = cells.get(key);
    const distance = 2 * Math.abs(cell.row - row) + Math.abs(cell.column - column);
    if (distance >= least) continue;
    least = distance;
    best = key;
  }
  return best;
}
