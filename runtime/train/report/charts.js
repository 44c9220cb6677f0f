// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Values over training steps, drawn by uPlot.

const charts = [];
// Whether the cursors follow something else than the mouse.
let led = false;
const kPalette = 7, kDashes = [[], [7, 4], [2, 3]];
const troubles = run.happened.filter(entry => entry.kind !== "ended" && entry.kind !== "resumed");

// uPlot draws finite numbers, on a logarithmic axis positive ones.
function drawable(values, log) {
  return values.map(value => value === null || !Number.isFinite(value) || (log && value <= 0) ? null : value);
}

function wantsLog(columns) {
  let low = Infinity, high = 0;
  for (const values of columns)
    for (const value of values) {
      if (value === null || !Number.isFinite(value)) continue;
      if (value < 0) return false;
      if (value > 0) { low = Math.min(low, value); high = Math.max(high, value); }
    }
  return high > 50 * low;
}

// The powers of ten of a logarithmic axis, or every so many of them; of less than
// two decades also their doubles and fives.
function logSplits(min, max) {
  const low = Math.floor(Math.log10(min)), high = Math.ceil(Math.log10(max)), stride = Math.ceil((high - low) / 6);
  const splits = [];
  for (let e = Math.ceil(low / stride) * stride; e <= high; e += stride)
    for (const digit of high - low <= 2 ? [1, 2, 5] : [1]) splits.push(digit * 10 ** e);
  return splits.filter(value => value >= min * 0.999 && value <= max * 1.001);
}

// What hardly changes is drawn as a flat line, not its last digits.
function linearRange(u, min, max) {
  if (min === null) return [0, 1];
  const size = Math.max(Math.abs(min), Math.abs(max));
  if (max - min > 0.005 * size) return uPlot.rangeNum(min, max, 0.1, true);
  return size === 0 ? [-1, 1] : [min - 0.1 * size, max + 0.1 * size];
}

// On the plot: steps at which something happened, and values that cannot be drawn.
function drawMarks(u, chart) {
  const { ctx } = u, { left, top, width, height } = u.bbox, ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left - 6 * ratio, top - 8 * ratio, width + 12 * ratio, height + 14 * ratio);
  ctx.clip();
  ctx.lineWidth = ratio;
  ctx.setLineDash([3 * ratio, 3 * ratio]);
  for (const entry of troubles) {
    const x = u.valToPos(entry.step, "x", true);
    ctx.strokeStyle = color(describeKind(entry.kind)[0] || "soft");
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, top + height);
    ctx.stroke();
  }
  ctx.setLineDash([]);
  // A cross at the upper edge: NaN or Inf.
  ctx.strokeStyle = color("bad");
  ctx.lineWidth = 2 * ratio;
  const size = 4 * ratio;
  table.steps.forEach((step, row) => {
    if (!chart.tags.some(tag => table.series[tag][row] !== null && !Number.isFinite(table.series[tag][row]))) return;
    const x = u.valToPos(step, "x", true), y = top + size;
    ctx.beginPath();
    ctx.moveTo(x - size, y - size); ctx.lineTo(x + size, y + size);
    ctx.moveTo(x + size, y - size); ctx.lineTo(x - size, y + size);
    ctx.stroke();
  });
  // A strip below the lower edge: steps that were clipped.
  const factors = chart.clip && table.series["gradient/global/clip_factor"];
  if (factors) {
    ctx.fillStyle = color("clip");
    const wide = Math.max(ratio, width / Math.max(1, u.scales.x.max - u.scales.x.min));
    table.steps.forEach((step, row) => {
      if (factors[row] !== null && factors[row] < 1)
        ctx.fillRect(u.valToPos(step, "x", true) - wide / 2, top + height + ratio, wide, 4 * ratio);
    });
  }
  ctx.restore();
}

// `spec`: title, unit, tags with labels; clip: shows what was clipped; linear: not
// logarithmic by itself; format: of a value.
function addChart(parent, spec) {
  const tags = spec.tags.filter(tag => table.series[tag]);
  if (tags.length === 0 || table.steps.length === 0) return null;
  const format = spec.format || formatNumber;
  const columns = tags.map(tag => table.series[tag]);
  const chart = { tags, clip: spec.clip, log: !spec.linear && wantsLog(columns), row: null };
  const head = element("div", { class: "card-head" }, element("h3", {}, spec.title, " ", element("span", { class: "unit" }, spec.unit || "")));
  const toggle = element("button", { type: "button", title: "switch the vertical axis" });
  head.append(toggle);
  const plot = element("div", { class: "plot", tabindex: "0", role: "group",
    "aria-label": `${spec.title} over training steps; arrow keys move the cursor` });
  const card = element("div", { class: "card", "data-chart": spec.title }, head, plot);
  parent.append(card);

  const axis = { stroke: () => color("soft"), font: "12px system-ui, sans-serif", ticks: { stroke: () => color("line"), width: 1, size: 5 },
    grid: { stroke: () => color("grid"), width: 1 } };
  const few = table.steps.length < 80;
  const series = tags.map((tag, i) => {
    const count = columns[i].filter(value => value !== null).length, sparse = count < Math.min(100, table.steps.length / 2);
    return {
      label: spec.label ? spec.label(tag) : tag, spanGaps: true, width: 1.5,
      stroke: () => color(`s${i % kPalette + 1}`),
      dash: /threshold$/.test(tag) ? [7, 4] : kDashes[Math.floor(i / kPalette) % kDashes.length],
      points: { show: (few || sparse) && !/threshold$/.test(tag), size: 5, fill: () => color("card") },
      value: (u, value, index, row) => format(row === null || row === undefined ? null : columns[index - 1][row]),
    };
  });

  function build() {
    if (chart.u) chart.u.destroy();
    toggle.textContent = chart.log ? "log" : "linear";
    toggle.setAttribute("aria-label", `vertical axis: ${chart.log ? "logarithmic" : "linear"}`);
    const [low, high] = [table.steps[0], table.steps[table.steps.length - 1]];
    chart.u = new uPlot({
      width: Math.max(200, plot.clientWidth), height: 240, padding: [10, 22, 0, 0],
      scales: {
        x: { time: false, range: (u, min, max) => low === high ? [low - 1, high + 1] : [min, max] },
        y: chart.log ? { distr: 3 } : { range: linearRange },
      },
      axes: [
        { ...axis, size: 30, incrs: [1, 2, 5].flatMap(n => [...Array(12).keys()].map(e => n * 10 ** e)).sort((a, b) => a - b),
          values: (u, splits) => splits.map(value => value === null ? null : formatInteger(value)) },
        { ...axis, size: 64, 
          ...(chart.log ? { splits: (u, index, min, max) => logSplits(min, max), filter: (u, splits) => splits } : {}),
          values: (u, splits) => splits.map(value => value === null ? null : chart.log && value >= 1e4 ? value.toExponential().replace("+", "") : format(value)) },
      ],
      series: [{ label: "step", value: (u, value) => value === null ? "–" : formatInteger(value) }, ...series],
      cursor: { sync: { key: "steps", setSeries: false }, points: { size: 7 }, y: false },
      legend: { markers: { width: 0, fill: (u, index) => color(`s${(index - 1) % kPalette + 1}`) } },
      hooks: {
        draw: [u => drawMarks(u, chart)],
        setCursor: [u => {
          chart.row = u.cursor.idx ?? null;
          if (chart.row === null) showLast();
          else if (!led && u.cursor.event) pointer.move(table.steps[chart.row], "charts");
        }],
        setScale: [(u, key) => { if (key === "x") follow(u); }],
      },
    }, [table.steps, ...columns.map(values => drawable(values, chart.log))], plot);
    showLast();
  }
  function showLast() {
    if (chart.u) chart.u.setLegend({ idx: table.steps.length - 1 }, false);
  }
  chart.goTo = row => {
    const { u } = chart;
    chart.row = row;
    led = true;
    u.setCursor({ left: u.valToPos(table.steps[row], "x"), top: u.over.clientHeight / 2 }, true, true);
    led = false;
  };
  toggle.addEventListener("click", () => { chart.log = !chart.log; build(); });
  plot.addEventListener("keydown", event => {
    const last = table.steps.length - 1, row = chart.row ?? last, stride = event.shiftKey ? 10 : 1;
    const next = { ArrowLeft: row - stride, ArrowRight: row + stride, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    chart.goTo(Math.min(last, Math.max(0, next)));
    pointer.move(table.steps[chart.row], "charts");
  });
  build();
  new ResizeObserver(() => chart.u.setSize({ width: Math.max(200, plot.clientWidth), height: 240 })).observe(plot);
  redraws.push(build);
  charts.push(chart);
  return chart;
}

// All charts show the same steps.
let following = false;
function follow(source) {
  if (following) return;
  following = true;
  const { min, max } = source.scales.x;
  for (const { u } of charts)
    if (u && u !== source && min !== null && (u.scales.x.min !== min || u.scales.x.max !== max)) u.setScale("x", { min, max });
  following = false;
}

function nearestRow(step) {
  let low = 0, high = table.steps.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (table.steps[middle] < step) low = middle + 1; else high = middle;
  }
  return low > 0 && step - table.steps[low - 1] < table.steps[low] - step ? low - 1 : low;
}

pointer.listeners.push([step => { if (charts.length > 0) charts[0].goTo(nearestRow(step)); }, "charts"]);

function addCharts(parent) {
  const all = Object.keys(table.series), shown = new Set(["skipped_steps", "gradient/global/clip_factor"]);
  // What the policies did is marked in all charts and told in the list.
  all.filter(tag => /^policy\/(?!rate_factor)/.test(tag)).forEach(tag => shown.add(tag));
  const metric = (run.settings.find(([name]) => name === "metric") || [])[1];
  const add = spec => {
    spec.tags.forEach(tag => shown.add(tag));
    return addChart(parent, spec);
  };
  const matching = pattern => all.filter(tag => pattern.test(tag) && !shown.has(tag));
  const strip = (front, back) => tag => tag.slice(front.length, tag.length - back.length);

  add({ title: "Loss", unit: { mse: "mean squared error", "bits/char": "nats per character", nats: "nats" }[metric] || "",
    tags: ["loss", "held_out/loss"], label: tag => tag === "loss" ? "training" : "held out" });
  const norm = add({ title: "Gradient norm, all parameters", unit: "l2, before the clip", clip: true,
    tags: ["gradient/global/norm", "clip.global_norm.threshold"], label: tag => tag === "gradient/global/norm" ? "norm" : "clip above" });
  add({ title: "Gradient norms by parameter", unit: "l2, before any clip",
    tags: [...matching(/^gradient\/.+\/norm$/), ...matching(/^clip\.norm.*\.threshold$/)],
    label: tag => /threshold$/.test(tag) ? "clip above" : strip("gradient/", "/norm")(tag) });
  add({ title: "Metrics", tags: matching(/^(held_out\/)?metric\//),
    label: tag => tag.replace(/^held_out\/metric\/(.*)/, "$1, held out").replace(/^metric\//, "") });
  add({ title: "Learning rate", linear: true, tags: matching(/^learning_rate/), label: tag => tag === "learning_rate" ? "rate" : strip("learning_rate.", "")(tag) });
  add({ title: "Time of a step", tags: ["step_seconds"], label: () => "step", format: formatSeconds });
  add({ title: "Elements that are NaN or Inf", unit: "count", tags: matching(/\/nonfinite$/), label: strip("", "/nonfinite") });
  add({ title: "Elements near overflow", unit: "count", tags: matching(/\/overflow$/), label: strip("", "/overflow") });
  add({ title: "Thresholds of other clips", tags: matching(/^clip\./), label: strip("clip.", "") });
  add({ title: "Other values", tags: all.filter(tag => !shown.has(tag)) });
  if (!norm && table.steps.length > 0)
    parent.append(element("div", { class: "card" }, element("h3", {}, "Gradient norms"),
      element("p", { class: "empty" }, "Not recorded: the recipe neither monitors norms nor clips by global_norm.")));
}
