// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Norms over time steps (x) and training steps (y), in the colours of viridis.

const kViridis = ["440154", "48186a", "472d7b", "424086", "3b528b", "33638d", "2c728e", "26828e", "21918c", "1fa088",
  "28ae80", "3fbc73", "5ec962", "84d44b", "addc30", "d8e219", "fde725"].map(hex => [0, 2, 4].map(i => parseInt(hex.slice(i, i + 2), 16)));
const kNone = -1;
// So that noise does not look like an explosion, a scale spans so many decades.
const kLeastDecades = 4;

function viridis(share) {
  const place = Math.min(1, Math.max(0, share)) * (kViridis.length - 1);
  const i = Math.min(kViridis.length - 2, Math.floor(place)), rest = place - i;
  return kViridis[i].map((channel, c) => Math.round(channel + rest * (kViridis[i + 1][c] - channel)));
}

function decode(heatmap) {
  const text = atob(heatmap.norms), bytes = Uint8Array.from(text, c => c.charCodeAt(0));
  const view = new DataView(bytes.buffer), norms = new Float64Array(bytes.length / 8);
  for (let i = 0; i < norms.length; ++i) norms[i] = view.getFloat64(8 * i, true);
  return norms;
}

// "through_time/LAYER/STATE/gradient_norm" in words.
function describeTag(tag) {
  const parts = tag.split("/"), kind = parts.pop(), state = parts.pop(), layer = parts.slice(1).join("/");
  const gradient = kind === "gradient_norm";
  return { gradient, layer, state, symbol: gradient ? `‖∂L/∂${state}‖` : `‖${state}‖`,
    title: gradient ? `Gradient of the loss in ${layer}` : `State of ${layer}` };
}

// The decades that all heatmaps of one kind share.
function findRange(maps) {
  let low = Infinity, high = -Infinity;
  for (const { norms } of maps)
    for (const norm of norms)
      if (norm > 0 && Number.isFinite(norm)) { low = Math.min(low, Math.log10(norm)); high = Math.max(high, Math.log10(norm)); }
  if (low > high) return [-2, 2];
  const missing = kLeastDecades - (high - low);
  return missing > 0 ? [low - missing / 2, high + missing / 2] : [low, high];
}

function findExtremes(map) {
  const found = { largest: null, smallest: null, bad: 0, zero: 0, firstBad: null };
  map.norms.forEach((norm, i) => {
    if (norm === kNone) return;
    if (!Number.isFinite(norm)) { found.bad++; found.firstBad ??= i; return; }
    if (norm === 0) { found.zero++; return; }
    if (found.largest === null || norm > map.norms[found.largest]) found.largest = i;
    if (found.smallest === null || norm < map.norms[found.smallest]) found.smallest = i;
  });
  return found;
}

function describeTimes(map, column) {
  const first = column * map.width, last = first + map.width - 1;
  return map.width === 1 ? `time step ${first}` : `time steps ${first}–${last}`;
}

// Up to `most` round numbers from 0 below `end`.
function roundTicks(end, most) {
  let stride = 1;
  for (const factors = [2, 2.5, 2]; end / stride > most; factors.push(factors.shift())) stride = Math.round(stride * factors[0]);
  const ticks = [];
  for (let tick = 0; tick < end; tick += stride) ticks.push(tick);
  return ticks;
}

function hatch(ctx) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const pen = tile.getContext("2d");
  pen.fillStyle = color("bad-cell");
  pen.fillRect(0, 0, 6, 6);
  pen.strokeStyle = color("bad-hatch");
  pen.lineWidth = 1.5;
  for (const shift of [-6, 0, 6]) { pen.beginPath(); pen.moveTo(shift, 6); pen.lineTo(shift + 6, 0); pen.stroke(); }
  return ctx.createPattern(tile, "repeat");
}

function makeImage(map, [low, high]) {
  const image = document.createElement("canvas");
  image.width = map.columns;
  image.height = map.rows.length;
  const ctx = image.getContext("2d"), pixels = ctx.createImageData(image.width, image.height);
  const zero = /^#(..)(..)(..)$/.exec(color("zero-cell")).slice(1).map(hex => parseInt(hex, 16));
  map.norms.forEach((norm, i) => {
    // The first training step is at the bottom.
    const row = map.rows.length - 1 - Math.floor(i / map.columns), at = 4 * (row * map.columns + i % map.columns);
    if (norm === kNone || !Number.isFinite(norm)) return;
    pixels.data.set([...(norm === 0 ? zero : viridis((Math.log10(norm) - low) / (high - low))), 255], at);
  });
  ctx.putImageData(pixels, 0, 0);
  return image;
}

function addScale(head, map, [low, high], extremes) {
  const stops = [...Array(9).keys()].map(i => `rgb(${viridis(i / 8).join(" ")})`).join(", ");
  const scale = element("div", { class: "scale", role: "img", "aria-label": "colour scale, logarithmic" }, formatNumber(Number((10 ** low).toPrecision(2))),
    element("span", { class: "bar", style: `background: linear-gradient(to right, ${stops})` }), formatNumber(Number((10 ** high).toPrecision(2))));
  if (extremes.zero > 0) scale.append(element("span", { class: "swatch", style: "background: var(--zero-cell)" }), "0");
  if (extremes.bad > 0)
    scale.append(element("span", { class: "swatch",
      style: "background: repeating-linear-gradient(135deg, var(--bad-cell) 0 3px, var(--bad-hatch) 3px 4.5px)" }), "NaN or Inf");
  head.append(scale);
}

function addHeatmap(parent, map, range) {
  const words = describeTag(map.tag), extremes = findExtremes(map);
  const head = element("div", { class: "card-head" },
    element("h3", {}, words.title, " ", element("span", { class: "unit" }, `${words.symbol}, l2`)));
  addScale(head, map, range, extremes);
  const canvas = element("canvas", { tabindex: "0", role: "img",
    "aria-label": `${words.title}: ${words.symbol} over time steps and training steps; arrow keys move the cursor` });
  const readout = element("p", { class: "readout", "aria-live": "polite" });
  parent.append(element("div", { class: "card heatmap", "data-heatmap": map.tag }, head, canvas, readout));
  // To the left, the longest number and the name of the axis.
  const left = 28 + 8 * formatInteger(map.rows.at(-1)[1]).length, right = 8, top = 6, bottom = 34;
  const height = Math.min(260, Math.max(110, 14 * map.rows.length)) + top + bottom;
  canvas.style.height = `${height}px`;
  let cell = null, image = null, width = 0;
  const box = () => ({ wide: (width - left - right) / map.columns, high: (height - top - bottom) / map.rows.length });

  function say(text, i) {
    readout.replaceChildren(...text);
    readout.dataset.value = i === null ? "" : String(map.norms[i]);
  }
  function describeCell(i) {
    const row = map.rows[Math.floor(i / map.columns)], grouped = row[0] !== row[1] || map.width !== 1;
    return [`${formatSteps(row[0], row[1])}, ${describeTimes(map, i % map.columns)}`, element("b", {},
      map.norms[i] === kNone ? "no such time step" : formatNumber(map.norms[i])), grouped && map.norms[i] !== kNone ? " (largest)" : ""];
  }
  function describe() {
    if (cell !== null) {
      const i = cell.row * map.columns + cell.column, [place, value, note] = describeCell(i);
      say([`${place}: ${words.symbol} `, value, note], i);
      return;
    }
    const texts = [];
    const tell = (name, i) => {
      const [place, value] = describeCell(i);
      texts.push(texts.length > 0 ? " · " : "", `${name} `, value, ` (${place})`);
    };
    if (extremes.firstBad !== null) tell("first not finite", extremes.firstBad);
    if (extremes.largest !== null) tell("largest", extremes.largest);
    if (extremes.smallest !== null && extremes.firstBad === null) tell("smallest", extremes.smallest);
    say(texts.length > 0 ? texts : ["all norms are 0"], null);
  }

  function drawAxes(ctx) {
    const { wide, high } = box();
    ctx.fillStyle = color("soft");
    ctx.font = "12px system-ui, sans-serif";
    ctx.textAlign = "center";
    ctx.textBaseline = "top";
    for (const tick of roundTicks(map.columns * map.width, (width - left - right) / 60))
      ctx.fillText(formatInteger(tick), left + (tick / map.width + 0.5 / map.width) * wide, height - bottom + 4);
    ctx.fillText("time step", left + (width - left - right) / 2, height - 15);
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    // Rows are equally high, whatever steps they stand for.
    let lowest = Infinity;
    for (const tick of [map.rows[0][0], ...roundTicks(map.rows.at(-1)[1] + 1, (height - top - bottom) / 30)]) {
      const row = map.rows.findIndex(([first, last]) => first <= tick && tick <= last);
      const y = height - bottom - (row + 0.5) * high;
      if (row < 0 || lowest - y < 14) continue;
      lowest = y;
      ctx.fillText(formatInteger(tick), left - 6, y);
    }
    ctx.save();
    ctx.translate(8, top + (height - top - bottom) / 2);
    ctx.rotate(-Math.PI / 2);
    ctx.textAlign = "center";
    ctx.fillText("training step", 0, 0);
    ctx.restore();
  }
  function drawBad(ctx) {
    if (extremes.bad === 0) return;
    const { wide, high } = box();
    ctx.fillStyle = hatch(ctx);
    ctx.beginPath();
    map.norms.forEach((norm, i) => {
      if (Number.isFinite(norm)) return;
      ctx.rect(left + i % map.columns * wide, height - bottom - (Math.floor(i / map.columns) + 1) * high, wide, high);
    });
    ctx.fill();
  }
  function draw() {
    const ratio = devicePixelRatio, ctx = canvas.getContext("2d");
    width = canvas.clientWidth;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    ctx.scale(ratio, ratio);
    ctx.imageSmoothingEnabled = false;
    ctx.fillStyle = color("grid");
    ctx.fillRect(left, top, width - left - right, height - top - bottom);
    ctx.drawImage(image, left, top, width - left - right, height - top - bottom);
    drawBad(ctx);
    drawAxes(ctx);
    if (cell === null) return;
    const { wide, high } = box(), x = left + cell.column * wide, y = height - bottom - (cell.row + 1) * high;
    for (const [pen, shift] of [["#000000", 1.5], ["#ffffff", 0]]) {
      ctx.strokeStyle = pen;
      ctx.lineWidth = 1.5;
      ctx.strokeRect(x - shift, y - shift, wide + 2 * shift, high + 2 * shift);
    }
  }
  function select(next) {
    cell = next;
    describe();
    draw();
  }
  function tell() {
    pointer.move(map.rows[cell.row][1], map);
  }

  canvas.addEventListener("pointermove", event => {
    const { wide, high } = box();
    const column = Math.floor((event.offsetX - left) / wide), row = Math.floor((height - bottom - event.offsetY) / high);
    if (column < 0 || column >= map.columns || row < 0 || row >= map.rows.length) return;
    if (cell !== null && cell.row === row && cell.column === column) return;
    select({ row, column });
    tell();
  });
  canvas.addEventListener("pointerleave", () => select(null));
  canvas.addEventListener("blur", () => select(null));
  canvas.addEventListener("keydown", event => {
    const stride = event.shiftKey ? 10 : 1, at = cell || { row: map.rows.length - 1, column: 0 };
    const moves = { ArrowLeft: [0, -stride], ArrowRight: [0, stride], ArrowUp: [stride, 0], ArrowDown: [-stride, 0],
      Home: [0, -map.columns], End: [0, map.columns] };
    if (event.key === "Escape") select(null);
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const clamp = (value, count) => Math.min(count - 1, Math.max(0, value));
    select(cell === null ? at : { row: clamp(at.row + move[0], map.rows.length), column: clamp(at.column + move[1], map.columns) });
    tell();
  });
  pointer.listeners.push([step => {
    const row = map.rows.findIndex(([, last]) => step <= last);
    if (row >= 0 && cell !== null) select({ row, column: cell.column });
  }, map]);
  const rebuild = () => { image = makeImage(map, range); draw(); };
  describe();
  rebuild();
  new ResizeObserver(draw).observe(canvas);
  redraws.push(rebuild);
}

function addHeatmaps(parent) {
  const maps = run.heatmaps.map(heatmap => ({ ...heatmap, norms: decode(heatmap) }));
  const gradients = maps.filter(map => describeTag(map.tag).gradient), states = maps.filter(map => !describeTag(map.tag).gradient);
  for (const kind of [gradients, states]) {
    const range = findRange(kind);
    kind.forEach(map => addHeatmap(parent, map, range));
  }
  return maps;
}
