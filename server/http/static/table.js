// The table of kernels: a row for each, changed in place, so that focus and selection stay where they are.

import { ago, count, memory, rate, shortId } from "./format.js";

/// Beside its state: only what that does not say already.
const queueText = ({ cells }) => {
  const notes = [];
  if (cells.running > 1) notes.push(`${cells.running} running`);
  if (cells.waiting) notes.push(`${cells.waiting} queued`);
  return notes.join(", ");
};

// What a column shows, and by what it is sorted.
const COLUMNS = [
  { id: "kernel", label: "Kernel", by: (kernel) => kernel.title },
  { id: "tenant", label: "Tenant", by: (kernel) => kernel.tenant },
  { id: "mode", label: "Mode", by: (kernel) => kernel.mode },
  { id: "state", label: "State", by: (kernel) => kernel.execution_state },
  { id: "cells", label: "Cells", number: true, by: (kernel) => kernel.cells.done },
  { id: "memory", label: "Memory", number: true, by: (kernel) => kernel.memory_bytes },
  { id: "messages", label: "Messages/s", number: true, by: (kernel) => kernel.rate },
  { id: "connections", label: "Connections", number: true, by: (kernel) => kernel.connections },
  { id: "activity", label: "Last activity", short: "Active", by: (kernel) => kernel.idle },
];

function element(name, className, text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

/// Only what differs is written: the page then has next to nothing to do for a kernel that rests.
function put(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

class Row {
  constructor(kernel, columns, actions) {
    this.tr = element("tr");
    this.tr.setAttribute("role", "row");
    this.parts = {};
    for (const column of columns) this.tr.append(this.#cell(column));
    const cell = element("td", "actions");
    cell.setAttribute("role", "cell");
    for (const { word, act, className } of actions(kernel)) {
      const button = element("button", `quiet ${className}`, word);
      button.type = "button";
      button.setAttribute("aria-label", `${word} ${kernel.title} ${shortId(kernel.id)}`);
      button.addEventListener("click", () => act(this.kernel));
      cell.append(button);
    }
    this.tr.append(cell);
    this.update(kernel);
  }

  #cell({ id, label, short, number }) {
    const cell = element(id === "kernel" ? "th" : "td", number ? "number" : `of-${id}`);
    cell.setAttribute("role", id === "kernel" ? "rowheader" : "cell");
    if (id === "kernel") {
      cell.scope = "row";
      this.parts.title = element("div", "kernel-name");
      this.parts.id = element("div", "kernel-id");
      cell.append(this.parts.title, this.parts.id);
      return cell;
    }
    cell.dataset.label = short ?? label;
    if (id === "state") {
      this.state = element("span", "state");
      this.parts.state = element("span");
      this.state.append(element("span", "dot"), this.parts.state);
      this.parts.queue = element("div", "sub");
      cell.append(this.state, this.parts.queue);
      return cell;
    }
    this.parts[id] = element("span");
    cell.append(this.parts[id]);
    if (id === "cells") {
      this.parts.failed = element("div", "sub bad");
      cell.append(this.parts.failed);
    }
    return cell;
  }

  update(kernel) {
    this.kernel = kernel;
    const { parts } = this;
    put(parts.title, kernel.title);
    put(parts.id, kernel.path ? `${shortId(kernel.id)} · ${kernel.spec}` : shortId(kernel.id));
    parts.id.title = kernel.id;
    parts.title.title = kernel.title;
    if (parts.tenant) put(parts.tenant, kernel.tenant);
    put(parts.mode, kernel.mode);
    put(parts.state, kernel.execution_state);
    this.state.dataset.state = kernel.execution_state;
    this.tr.dataset.busy = kernel.execution_state === "busy";
    put(parts.cells, count(kernel.cells.done));
    put(parts.queue, queueText(kernel));
    put(parts.failed, kernel.cells.failed ? `${count(kernel.cells.failed)} failed` : "");
    put(parts.memory, memory(kernel.memory_bytes));
    put(parts.messages, rate(kernel.rate));
    put(parts.connections, count(kernel.connections));
    put(parts.activity, ago(kernel.idle));
    const { title, id, tenant, spec, mode, name, execution_state: state } = kernel;
    this.text = [title, id, tenant, spec, mode, name, state].join(" ").toLowerCase();
  }
}

export class Table {
  #rows = new Map(); // by the key of its kernel
  #sort = null; // {column, ascending}; null: in the order of their start
  #filter = "";
  #order = [];

  constructor(table, { withTenant, actions, heading }) {
    this.body = table.tBodies[0];
    this.heading = heading;
    this.actions = actions;
    this.columns = COLUMNS.filter((column) => withTenant || column.id !== "tenant");
    this.head = table.tHead.rows[0];
    for (const column of this.columns) this.head.append(this.#headOf(column));
    const last = element("th", "actions");
    last.setAttribute("role", "columnheader");
    last.append(element("span", "visually-hidden", "Actions"));
    this.head.append(last);
  }

  #headOf(column) {
    const head = element("th", column.number ? "number" : "");
    head.scope = "col";
    head.setAttribute("role", "columnheader");
    if (column.id === "memory") head.setAttribute("aria-describedby", "memory-note");
    const button = element("button", "", column.label);
    button.type = "button";
    button.addEventListener("click", () => this.#sortBy(column, head));
    head.append(button);
    return head;
  }

  #sortBy(column, head) {
    const again = this.#sort?.column === column;
    const ascending = again ? !this.#sort.ascending : !column.number;
    this.#sort = { column, ascending };
    for (const each of this.head.cells) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    this.#arrange();
  }

  filter(text) {
    this.#filter = text.trim().toLowerCase();
    this.#arrange();
  }

  /// How many are shown.
  get shown() {
    return this.body.rows.length;
  }

  update(kernels) {
    const keys = new Set(kernels.map((kernel) => kernel.key));
    for (const [key, row] of this.#rows) {
      if (!keys.has(key)) this.#remove(key, row);
    }
    for (const kernel of kernels) {
      const row = this.#rows.get(kernel.key);
      if (row) row.update(kernel);
      else this.#rows.set(kernel.key, new Row(kernel, this.columns, this.actions));
    }
    this.#order = kernels.map((kernel) => kernel.key);
    this.#arrange();
  }

  /// Whoever was in the row is led to the same place of the next one, not back to the page's begin.
  #remove(key, row) {
    if (row.tr.contains(document.activeElement)) {
      const buttons = [...row.tr.querySelectorAll("button")];
      const place = buttons.indexOf(document.activeElement);
      const neighbour = row.tr.nextElementSibling ?? row.tr.previousElementSibling;
      (neighbour?.querySelectorAll("button")[place] ?? this.heading).focus();
    }
    row.tr.remove();
    this.#rows.delete(key);
  }

  #arrange() {
    let rows = this.#order.map((key) => this.#rows.get(key));
    if (this.#filter) rows = rows.filter((row) => row.text.includes(this.#filter));
    if (this.#sort) {
      const { column, ascending } = this.#sort;
      const sign = ascending ? 1 : -1;
      const [less, more] = [-sign, sign];
      rows.sort((a, b) => {
        const [x, y] = [column.by(a.kernel), column.by(b.kernel)];
        return x < y ? less : x > y ? more : 0;
      });
    }
    const focused = document.activeElement;
    const wanted = rows.map((row) => row.tr);
    const there = [...this.body.rows];
    if (wanted.length === there.length && wanted.every((tr, index) => tr === there[index])) return;
    this.body.replaceChildren(...wanted);
    if (document.activeElement !== focused && this.body.contains(focused)) focused.focus();
  }
}
