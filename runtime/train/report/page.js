// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// What is said in words and numbers: how the run stands, what happened.

function addTile(name, value, ...more) {
  const tile = element("div", {}, element("dt", {}, name), element("dd", {}, value));
  if (more.length > 0) tile.append(element("dd", {}, ...more));
  tile.dataset.tile = name;
  document.getElementById("tiles").append(tile);
}

function addTiles() {
  const { loss, held_out: heldOut, norm, clip, seconds } = run.summary;
  const target = Number((run.settings.find(([name]) => name === "steps") || [])[1]);
  const number = entry => formatNumber(entry === null ? null : Number(entry.value));
  const at = (word, entry) => entry === null ? "none is finite" : `${word} ${number(entry)} at\u00a0step\u00a0${formatInteger(entry.step)}`;
  addTile("Steps", loss === null ? "0" : formatInteger(loss.last.step), target ? `of ${formatInteger(target)}` : "");
  if (loss !== null) addTile("Loss", number(loss.last), at("lowest", loss.lowest));
  if (heldOut !== null) addTile("Loss, held out", number(heldOut.last), at("lowest", heldOut.lowest));
  if (norm !== null) addTile("Gradient norm", number(norm.last), at("largest", norm.largest));
  if (clip !== null && clip.steps > 0)
    addTile("Clipped", `${Number((100 * clip.clipped / clip.steps).toPrecision(3))} %`,
      `${formatInteger(clip.clipped)} of ${formatInteger(clip.steps)} steps`);
  const kept = troubles.length + (run.happened_left_out || 0);
  addTile("Bad steps", formatInteger(kept), kept === 0 ? "none skipped or stopped" : "listed below");
  if (seconds !== null) addTile("Time", formatSeconds(seconds.total), `median step ${formatSeconds(seconds.median)}`);
}

function addState() {
  const state = document.getElementById("state");
  if (run.end !== null) {
    state.textContent = run.end;
    state.className = /^stopped/.test(run.end) ? "bad" : "good";
  } else {
    state.textContent = `still running or killed: no end is recorded${run.last ? `; last event ${formatTime(run.last)}` : ""}`;
    state.className = "open";
  }
}

function addNotes() {
  const notes = document.getElementById("notes");
  notes.hidden = run.notes.length === 0;
  notes.append(...run.notes.map(note => element("li", {}, note)));
  if (run.table.steps.length < run.table.total)
    document.getElementById("curves-hint").append(
      `Of ${formatInteger(run.table.total)} steps ${formatInteger(run.table.steps.length)} are drawn: those in which a value is the smallest, ` +
      "the largest or the first that is not finite of its neighbourhood. ");
}

function addHappened() {
  const parent = document.getElementById("happened");
  if (run.happened.length === 0) {
    parent.append(element("p", { class: "empty" }, "Nothing but steps so far."));
    return;
  }
  const body = element("tbody");
  for (const entry of run.happened) {
    const [tone, words] = describeKind(entry.kind);
    const go = element("button", { type: "button", title: "show this step in the charts" }, formatInteger(entry.step));
    go.addEventListener("click", () => pointer.move(entry.step, null));
    body.append(element("tr", {}, element("td", {}, go), element("td", {}, formatTime(entry.time)),
      element("td", {}, element("span", { class: `kind ${tone}` }, words)), element("td", {}, entry.text.replace(/^step \d+: /, ""))));
  }
  const head = element("tr", {}, ...["step", "when", "what", "why"].map(word => element("th", { scope: "col" }, word)));
  parent.append(element("div", { class: "list", tabindex: "0", role: "region", "aria-label": "what happened" },
    element("table", {}, element("thead", {}, head), body)));
  if (run.happened_left_out > 0)
    parent.append(element("p", { class: "empty" }, `${formatInteger(run.happened_left_out)} entries in the middle are left out.`));
}

function addFailures() {
  const section = document.getElementById("failures");
  section.hidden = run.failures.length === 0;
  for (const { name, text } of run.failures) section.append(element("h3", {}, name), element("pre", {}, text));
}

function addRun() {
  const row = ([name, value]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value));
  // What is in backquotes is so for TensorBoard.
  const rows = run.settings.map(([name, value]) => [name, value.replace(/^`(.*)`$/, "$1")]);
  if (run.begun) rows.push(["begun", formatTime(run.begun)], ["last event", formatTime(run.last)]);
  rows.push(["event files", run.files.join(", ")]);
  document.getElementById("settings").append(element("tbody", {}, ...rows.map(row)));
  document.getElementById("colophon").textContent = `Written by gradopt-report, ${formatTime(run.written)}.`;
}

document.title = `${run.run} – gradopt`;
document.getElementById("name").textContent = run.run;
addState();
addNotes();
addTiles();
addFailures();
addCharts(document.getElementById("charts"));
document.getElementById("curves-hint").append(table.steps.length === 0 ? "No step is in the events yet." :
  "Drag to zoom, double-click to see all. In a chart, arrow keys move the cursor, with Shift by ten.");
const maps = addHeatmaps(document.getElementById("heatmaps"));
document.getElementById("heatmaps-hint").textContent = maps.length === 0
  ? "Not recorded: add through_time to the monitors of the recipe."
  : "The backward pass of a forward layer goes from right to left: a gradient that brightens towards time step 0 explodes, one that darkens vanishes. " +
    "Colours are logarithmic, and the same in all maps of a kind. Arrow keys move the cursor.";
addHappened();
addRun();
