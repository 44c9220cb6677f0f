// Part of gradopt, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The data of the page, numbers as text, and the step that everything points at.
"use strict";

const run = JSON.parse(document.getElementById("data").textContent);

// JSON has no NaN and Inf: they are strings. A missing value is null.
const table = {
  steps: run.table.steps,
  series: Object.fromEntries(Object.entries(run.table.series).map(([tag, values]) =>
    [tag, values.map(value => value === null ? null : Number(value))])),
};

function formatNumber(value) {
  if (value === null || value === undefined) return "–";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Inf" : "−Inf";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return String(value).replace("-", "−");
  if (size >= 1e5 || size < 1e-3) {
    const [digits, exponent] = value.toExponential(2).split("e");
    return `${Number(digits)}e${Number(exponent)}`.replaceAll("-", "−");
  }
  return String(Number(value.toPrecision(4))).replace("-", "−");
}

function formatInteger(value) {
  return value.toLocaleString("en").replaceAll(",", "\u202f");
}

function formatSeconds(value) {
  if (value === null || !Number.isFinite(value)) return formatNumber(value);
  if (value === 0) return "0 s";
  if (value < 1e-3) return `${Number((value * 1e6).toPrecision(3))} µs`;
  if (value < 1) return `${Number((value * 1e3).toPrecision(3))} ms`;
  if (value < 60) return `${Number(value.toPrecision(3))} s`;
  const minutes = Math.floor(value / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(value % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function formatSteps(first, last) {
  return first === last ? `step ${first}` : `steps ${first}–${last}`;
}

function formatTime(milliseconds) {
  const date = new Date(milliseconds), pad = number => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ` +
    `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

// An element with attributes and children.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// Charts and heatmaps follow one training step: whoever moves it tells the others.
const pointer = {
  listeners: [],
  move(step, source) {
    for (const [listener, owner] of this.listeners) if (owner !== source) listener(step);
  },
};

// What has colours of its own is drawn again when the scheme changes.
const redraws = [];
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraws.forEach(redraw => redraw()));

const kinds = {
  skipped: ["warn", "skipped"], stopped: ["bad", "stopped"], reported: ["bad", "applied all the same"],
  rolled_back: ["warn", "rolled back"], backed_off: ["warn", "backed off"], resumed: ["good", "resumed"], ended: ["", "ended"],
};
function describeKind(kind) {
  return kinds[kind] || ["warn", kind.replaceAll("_", " ")];
}
