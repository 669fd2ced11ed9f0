// The status page: asks the daemon what it does, shows it, and asks it to interrupt, restart and stop kernels.

import { Rates, Refused, ask, follow, hurry, rights } from "./activity.js";
import { Chart } from "./charts.js";
import { announce, line, really, tell } from "./dialogs.js";
import { bytes, count, duration, rate, shortId } from "./format.js";
import { Table } from "./table.js";

const of = (id) => document.getElementById(id);
const isAdmin = rights.has("admin");
const mayAct = isAdmin || rights.has("execute");

const charts = {
  kernels: new Chart(of("chart-kernels"), "Kernels", { format: count, least: 4 }),
  cells: new Chart(of("chart-cells"), "Cells a second", { format: rate, least: 1 }),
  messages: new Chart(of("chart-messages"), "Messages a second", { format: rate, least: 5 }),
};
const rates = new Rates();

/// What the daemon remembers of the last minutes: the plots begin with that. Its oldest rates may be of no time at all.
function restoreCharts(history, now) {
  const of = (name) => history.map((point) => [Date.parse(point.at) / 1000, point[name]]);
  charts.kernels.restore(of("kernels"), now);
  charts.cells.restore(of("cells_per_second").slice(1), now);
  charts.messages.restore(of("messages_per_second").slice(1), now);
}

let own = null; // the tenant of who looks
let known = null; // keys of the kernels that were there before

// --- what is done to a kernel

const pathOf = (kernel) =>
  isAdmin
    ? `api/admin/kernels/${encodeURIComponent(kernel.tenant)}/${encodeURIComponent(kernel.id)}`
    : `api/kernels/${encodeURIComponent(kernel.id)}`;
const nameOf = (kernel) => `${kernel.title} (${shortId(kernel.id)})`;

async function perform(done, method, path) {
  try {
    const answer = await ask(method, path);
    if (done) announce(done);
    hurry();
    return answer;
  } catch (error) {
    await tell("That did not work", [error.message]);
    return null;
  }
}

const interrupt = (kernel) => perform(`Interrupted ${nameOf(kernel)}`, "POST", `${pathOf(kernel)}/interrupt`);

async function restart(kernel) {
  const text = "It begins anew with an empty namespace: what its cells have defined is lost, and those that run end.";
  if (!(await really(`Restart ${nameOf(kernel)}?`, text, "Restart"))) return;
  await perform(`Restarted ${nameOf(kernel)}`, "POST", `${pathOf(kernel)}/restart`);
}

async function stop(kernel) {
  const text = "It ends for good, with all that its cells have defined. Front ends that use it lose it.";
  if (!(await really(`Stop ${nameOf(kernel)}?`, text, "Stop"))) return;
  await perform(null, "DELETE", pathOf(kernel));
}

async function connect(kernel) {
  const info = await perform(null, "GET", `api/kernels/${encodeURIComponent(kernel.id)}/connection?file`);
  if (!info) return;
  await tell(`Connect to ${nameOf(kernel)}`, [
    "Its five ZMQ sockets are open. Their ports and key are in a file that the daemon’s user alone can read, on the " +
      "daemon’s own machine; a cell with %connect_info prints them.",
    line("The file", info.connection_file),
    line("A console in this kernel", `jupyter console --existing ${info.connection_file}`),
  ]);
}

of("connect").closest("section").hidden = !rights.has("execute");

function actionsOf(kernel) {
  if (!mayAct) return [];
  const actions = [
    { word: "Interrupt", act: interrupt, className: "interrupt" },
    { word: "Restart", act: restart, className: "restart" },
    { word: "Stop", act: stop, className: "stop" },
  ];
  if (rights.has("execute") && kernel.tenant === own) {
    actions.unshift({ word: "Connect…", act: connect, className: "connect" });
  }
  return actions;
}

const table = new Table(of("table"), { withTenant: isAdmin, actions: actionsOf, heading: of("kernels") });

// --- what is shown

/// The kernels of an answer, with what the page adds to each.
function kernelsOf(activity) {
  const now = Date.parse(activity.now);
  return activity.tenants.flatMap((tenant) =>
    (tenant.kernels ?? []).map((kernel) => ({
      ...kernel,
      tenant: tenant.name,
      key: `${tenant.name}/${kernel.id}`,
      spec: activity.kernelspecs[kernel.name] ?? kernel.name,
      title: kernel.path ?? activity.kernelspecs[kernel.name] ?? kernel.name,
      mode: kernel.modes.join(", ") || "chained",
      idle: kernel.execution_state === "busy" ? 0 : Math.max(0, (now - Date.parse(kernel.last_activity)) / 1000),
    })),
  );
}

/// In words, to who does not see the table change.
function tellChanges(kernels) {
  const before = known;
  known = new Map(kernels.map((kernel) => [kernel.key, nameOf(kernel)]));
  if (!before) return;
  const began = [...known].filter(([key]) => !before.has(key)).map(([, name]) => name);
  const ended = [...before].filter(([key]) => !known.has(key)).map(([, name]) => name);
  const say = (names, what) => {
    if (names.length) announce(names.length === 1 ? `${names[0]} ${what}` : `${names.length} kernels ${what}`);
  };
  say(began, "started");
  say(ended, "ended");
}

const LIMITS = { kernels_max: "Kernels", connections_max: "Connections", sessions_max: "Sessions" };
const NEAR = 0.9;

function limitRow({ name, used, maximum }, tenant) {
  const row = document.createElement("div");
  row.className = "limit";
  const [label, bar, text] = ["span", "div", "span"].map((each) => document.createElement(each));
  label.textContent = LIMITS[name] ?? name;
  bar.className = "bar";
  const share = maximum ? Math.min(1, used / maximum) : 0;
  bar.classList.toggle("near", share >= NEAR);
  if (maximum) {
    bar.setAttribute("role", "meter");
    bar.setAttribute("aria-label", `${label.textContent} of ${tenant}`);
    bar.setAttribute("aria-valuemin", 0);
    bar.setAttribute("aria-valuemax", maximum);
    bar.setAttribute("aria-valuenow", used);
  }
  const filled = document.createElement("span");
  filled.style.width = `${100 * share}%`;
  bar.append(filled);
  text.className = "of muted";
  text.textContent = maximum ? `${count(used)} of ${count(maximum)}` : `${count(used)}, no limit`;
  row.append(label, text, bar);
  return row;
}

/// Of one tenant a line for each quota; of several a line for each that uses anything.
function showLimits(tenants) {
  const many = tenants.length > 1;
  const shown = tenants.filter((tenant) => !many || tenant.limits.some((limit) => limit.used > 0));
  const rows = shown.map((tenant) => {
    const row = document.createElement("div");
    row.className = "limits-of";
    const name = document.createElement("p");
    name.textContent = tenant.name;
    row.append(name, ...tenant.limits.map((limit) => limitRow(limit, tenant.name)));
    return row;
  });
  const others = document.createElement("p");
  others.className = "muted";
  const left = tenants.length - shown.length;
  others.textContent = left ? `Tenants that use nothing: ${count(left)}` : "";
  of("limits").classList.toggle("many", many);
  of("limits").replaceChildren(...rows, others);
}

function showLines(file) {
  const address = new URL("./", location.href).href.replace(/\/$/, "");
  const lines = [
    line("Your own token, for the front end", "export JUPYTER_GATEWAY_AUTH_TOKEN=…"),
    line("JupyterLab with its kernels here", `jupyter lab --gateway-url ${address}`),
  ];
  const own = "A console on the daemon’s own machine, with a new kernel for each";
  if (file) lines.push(line(own, `jupyter console --existing ${file}`));
  of("lines").replaceChildren(...lines);
}

function showSummary(kernels, tenants) {
  const busy = kernels.filter((kernel) => kernel.execution_state === "busy").length;
  const memory = kernels.reduce((sum, kernel) => sum + kernel.memory_bytes, 0);
  const hidden = tenants.some((tenant) => tenant.kernels === null);
  of("summary").textContent = hidden ? "" : `${count(kernels.length)}, ${count(busy)} busy, ${bytes(memory)}`;
  const nothing = hidden
    ? "Which kernels there are is not told here (kernels.list_kernels)."
    : kernels.length
      ? "No kernel has that in it."
      : "No kernel runs.";
  of("empty").textContent = nothing;
  of("empty").hidden = table.shown > 0;
  of("table").hidden = table.shown === 0;
}

let written = ""; // what seldom changes, as it was last shown
function showTheRest(activity) {
  const up = duration((Date.parse(activity.now) - Date.parse(activity.started)) / 1000);
  const end = activity.draining ? "; going down, and takes no new work" : "";
  of("daemon").textContent = `Up for ${up}, isolation ${activity.isolation}${end}`;
  if (activity.resident_bytes) of("resident").textContent = `The whole daemon has ${bytes(activity.resident_bytes)}.`;
  const { name, tenant } = activity.principal;
  of("whose").textContent = name === tenant ? name : `${name}, tenant ${tenant}`;
  const file = activity.tenants.find((each) => each.name === own)?.connection_file ?? null;
  const now = JSON.stringify([activity.tenants.map((each) => [each.name, each.limits]), file]);
  if (now === written) return;
  if (!written || JSON.parse(written)[1] !== file) showLines(file);
  written = now;
  showLimits(activity.tenants);
}

function connectionIs(state, text) {
  of("connection").dataset.state = state;
  if (of("connection-text").textContent !== text) of("connection-text").textContent = text;
}

function take(activity) {
  own = activity.principal.tenant;
  const at = Date.parse(activity.now) / 1000;
  const kernels = kernelsOf(activity);
  const sums = rates.update(at, kernels);
  if (activity.history) restoreCharts(activity.history, at);
  charts.kernels.add(at, kernels.length);
  if (sums) {
    charts.cells.add(at, sums.cells);
    charts.messages.add(at, sums.messages);
  }
  tellChanges(kernels);
  table.update(kernels);
  showSummary(kernels, activity.tenants);
  showTheRest(activity);
  connectionIs("live", "Live");
  of("problem").hidden = true;
}

const FORBIDDEN = 403;

function lose(error, pause) {
  const loggedOut = error instanceof Refused && error.status === FORBIDDEN;
  connectionIs("lost", loggedOut ? "Logged out" : "No answer");
  const why = error instanceof Refused ? error.message : "The daemon does not answer.";
  const text = loggedOut
    ? "This login is over: the daemon has been started anew, or the token has expired. Load the page again."
    : `${why} What is shown is old; asking again in ${duration(pause / 1000)}.`;
  if (of("problem").textContent !== text) of("problem").textContent = text;
  of("problem").hidden = false;
}

of("filter").addEventListener("input", (event) => {
  table.filter(event.target.value);
  of("empty").hidden = table.shown > 0;
  of("table").hidden = table.shown === 0;
});
of("logout").addEventListener("click", async () => {
  await ask("POST", "logout").catch(() => {});
  location.assign("login?ended");
});

follow(isAdmin ? "api/admin/activity" : "api/activity", take, lose);
