// The daemon's own page, as people use it: by token, by keyboard, light and dark, in a narrow window. See chromium.mjs.
import { readFile } from "node:fs/promises";
import { DEADLINE_MS, browser, performOn, seen, task } from "./chromium.mjs";

const { url, picture, tokens, kernels } = task;
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 380, height: 900 };
const axe = await readFile(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

let page;
Object.assign(seen, { hosts: [], errors: [], violations: [], addresses: [], pages: {}, axe: {} });

/// A browser of somebody's own. All that it asks for and complains of is written down.
async function newBrowser(options = {}) {
  const context = await browser.newContext({ viewport: WIDE, permissions: ["clipboard-write"], ...options });
  context.setDefaultTimeout(DEADLINE_MS);
  context.on("request", (request) => {
    const { origin } = new URL(request.url());
    if (!seen.hosts.includes(origin)) seen.hosts.push(origin);
  });
  page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.errors.push(message.text());
  });
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  await page.exposeFunction("violated", (what) => seen.violations.push(what));
  await page.addInitScript(() => {
    const tell = ({ violatedDirective, blockedURI }) => window.violated(`${violatedDirective} ${blockedURI}`);
    addEventListener("securitypolicyviolation", tell);
  });
  return context;
}

const api = (who, method, path) =>
  fetch(url + path, { method, headers: { Authorization: `token ${tokens[who]}` } });
const row = (id) => page.locator("#table tbody tr").filter({ has: page.locator(`[title="${id}"]`) });
const shot = (name) => page.screenshot({ path: picture.replace(/\.png$/, `-${name}.png`), fullPage: true });
const live = () => page.locator('#connection[data-state="live"]').waitFor();
const focused = () =>
  page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent.trim());

/// What the plots show of the time before the page: it gets the first answer, and no other one until that is read.
async function plotsAtOnce(open) {
  const held = [];
  const later = /\/activity$/; // the first one has a query
  await page.route(later, (route) => held.push(route));
  await open();
  await live();
  const peak = (name) => page.locator(`#chart-${name} .peak`).textContent();
  const plots = [await peak("kernels"), await peak("cells"), await peak("messages")];
  await page.unroute(later);
  for (const route of held) await route.continue();
  return plots.map((text) => Number(text.replace("peak ", "")));
}

/// What an accessibility checker has to say of the page as it is now.
async function check(name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  seen.axe[name] = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}

/// By the keyboard alone, as far as the element takes.
async function tabTo(wanted) {
  const passed = [];
  for (let i = 0; i < 60; ++i) {
    await page.keyboard.press("Tab");
    const now = await focused();
    if (now.startsWith(wanted)) return passed;
    passed.push(now);
  }
  throw new Error(`no way to ${wanted} by Tab: ${passed}`);
}

async function logInByTheAddress() {
  const context = await newBrowser();
  await page.goto(`${url}/?token=${encodeURIComponent(tokens.alice)}`);
  await live();
  seen.addresses.push(page.url());
  const cookies = await context.cookies();
  seen.cookies = cookies.map(({ httpOnly, sameSite, path }) => ({ httpOnly, sameSite, path }));
  seen.readable = await page.evaluate(() => [document.cookie, localStorage.length, document.referrer]);
  seen.source = await page.content();
}

async function seeTheKernels() {
  await row(kernels.busy).locator('[data-state="busy"]').waitFor();
  await page.waitForFunction(() => document.querySelector("#chart-cells .now").textContent !== "–");
  seen.pages.alice = await page.locator("body").innerText();
  seen.busyRow = await row(kernels.busy).innerText();
  seen.workedRow = await row(kernels.worked).innerText();
  await shot("light");
  await check("light");
}

async function aKernelAppearsAndVanishes() {
  const { id } = await (await api("alice", "POST", "/api/kernels")).json();
  await row(id).waitFor();
  await page.locator("#announce").getByText("started").waitFor({ state: "attached" });
  await api("alice", "DELETE", `/api/kernels/${id}`);
  await row(id).waitFor({ state: "detached" });
  await page.locator("#announce").getByText("ended").waitFor({ state: "attached" });
}

async function interruptByKeyboard() {
  seen.passed = await tabTo(`Interrupt sums.ipynb ${kernels.busy.slice(0, 8)}`);
  seen.outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  await page.keyboard.press("Enter");
  await row(kernels.busy).locator('[data-state="idle"]').waitFor();
}

async function stopByKeyboard() {
  await tabTo(`Stop sums.ipynb ${kernels.busy.slice(0, 8)}`);
  await page.keyboard.press("Enter");
  await page.locator("#dialog[open]").waitFor();
  seen.question = await page.locator("#dialog").innerText();
  seen.first = await focused();
  await check("dialog");
  await shot("dialog");
  await page.keyboard.press("Escape");
  await page.locator("#dialog[open]").waitFor({ state: "detached" });
  seen.afterEscape = await focused();
  seen.spared = await row(kernels.busy).count();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  seen.second = await focused();
  await page.keyboard.press("Enter");
  await row(kernels.busy).waitFor({ state: "detached" });
  seen.afterStop = await focused();
}

async function connectToAKernel() {
  await row(kernels.worked).getByRole("button", { name: "Connect" }).click();
  await page.locator("#dialog[open]").waitFor();
  seen.connection = await page.locator("#dialog").innerText();
  await page.keyboard.press("Escape");
  await page.locator("#lines").getByRole("button", { name: "Copy jupyter lab" }).click();
  await page.locator("#lines").getByText("Copied").waitFor();
}

async function filterAndSort() {
  await page.locator("#filter").fill("nothing like it");
  await page.locator("#empty").waitFor();
  await page.locator("#filter").fill(kernels.worked);
  await row(kernels.worked).waitFor();
  await page.locator("#filter").fill("");
  const head = page.getByRole("columnheader", { name: "Cells" });
  await head.getByRole("button").click();
  seen.sorted = [await head.getAttribute("aria-sort"), await page.locator("#table tbody tr").first().innerText()];
  await head.getByRole("button").click();
  seen.sorted.push(await head.getAttribute("aria-sort"));
}

async function darkAndNarrow() {
  const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await colour();
  await page.emulateMedia({ colorScheme: "dark" });
  seen.colours = [light, await colour()];
  await check("dark");
  await shot("dark");
  await page.setViewportSize(NARROW);
  seen.width = await page.evaluate(() => document.scrollingElement.scrollWidth);
  await check("narrow");
  await shot("narrow");
  await page.emulateMedia({ colorScheme: "light" });
  await shot("narrow-light");
  await page.setViewportSize(WIDE);
}

/// Nobody looks: it is asked seldom, until somebody does. Time is the test's own.
async function aHiddenPageAsksSeldom() {
  const context = page.context();
  page = await context.newPage();
  let asked = 0;
  page.on("response", (response) => (asked += response.url().includes("/api/activity") ? 1 : 0));
  await page.clock.install();
  await page.goto(`${url}/`);
  await live();
  const answers = async (wanted) => {
    const began = Date.now();
    while (asked < wanted && Date.now() - began < DEADLINE_MS) await new Promise((resolve) => setTimeout(resolve, 20));
    if (asked < wanted) throw new Error(`${asked} answers instead of ${wanted}`);
  };
  await answers(1);
  const look = (state) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "visibilityState", { value, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  await look("hidden");
  await page.clock.runFor(3000);
  await answers(2); // it was to be asked when the page was still seen
  await page.clock.runFor(6000);
  await page.clock.runFor(6000);
  seen.askedHidden = asked;
  while (asked < 3) await look("visible"); // as often as it takes: the page may still be at the last answer
  await page.close();
  [page] = context.pages();
}

async function noAnswerAndBack() {
  const complaints = seen.errors.length;
  await page.context().setOffline(true);
  await page.locator('#connection[data-state="lost"]').waitFor();
  seen.lost = await page.locator("#problem").innerText();
  await page.context().setOffline(false);
  await live();
  await page.locator("#problem").waitFor({ state: "hidden" });
  seen.errors.length = complaints; // the browser's own, of requests that have failed
}

async function forge() {
  const complaints = seen.errors.length;
  seen.forged = await page.evaluate(async (id) => {
    const proof = document.querySelector('meta[name="corncob-xsrf"]').content;
    const ask = async (method, path, headers = {}) => (await fetch(path, { method, headers })).status;
    return {
      read: await ask("GET", "api/activity"),
      stop: await ask("DELETE", `api/kernels/${id}`),
      interrupt: await ask("POST", `api/kernels/${id}/interrupt`),
      wrong: await ask("DELETE", `api/kernels/${id}`, { "X-XSRFToken": "0".repeat(proof.length) }),
      logout: await ask("POST", "logout"),
      foreign: await ask("DELETE", "api/kernels/00000000-0000-0000-0000-000000000000", { "X-XSRFToken": proof }),
    };
  }, kernels.worked);
  seen.errors.length = complaints;
  seen.stillThere = (await api("alice", "GET", `/api/kernels/${kernels.worked}`)).status;
}

async function logOut() {
  await page.getByRole("button", { name: "Log out" }).click();
  await page.waitForURL("**/login?ended");
  await page.getByText("You are logged out.").waitFor();
  await page.goto(`${url}/`);
  seen.addresses.push(page.url());
}

async function logInByTheForm() {
  await page.context().close();
  await newBrowser();
  await page.goto(`${url}/`);
  await check("login");
  await shot("login");
  await page.keyboard.type("a wrong one"); // the field has the focus
  await page.keyboard.press("Enter");
  await page.getByText("That token is nobody’s").waitFor();
  seen.addresses.push(page.url());
  await page.getByLabel("Token").fill(tokens.reader);
  seen.plots = { reader: await plotsAtOnce(() => page.keyboard.press("Enter")) };
  seen.addresses.push(page.url());
  await row(kernels.worked).waitFor();
  seen.pages.reader = await page.locator("body").innerText();
  seen.readersButtons = await page.locator("#table tbody button").count();
  await page.goto(`${url}/?token=wrong`);
  seen.addresses.push(page.url());
}

async function anotherTenantSeesNoneOfIt() {
  await page.context().close();
  await newBrowser();
  seen.plots.bob = await plotsAtOnce(() => page.goto(`${url}/?token=${encodeURIComponent(tokens.bob)}`));
}

async function anAdminSeesAll() {
  await page.context().close();
  await newBrowser();
  seen.plots.ops = await plotsAtOnce(() => page.goto(`${url}/?token=${encodeURIComponent(tokens.ops)}`));
  await row(kernels.bobs).waitFor();
  await row(kernels.worked).waitFor();
  seen.pages.ops = await page.locator("body").innerText();
  await check("admin");
  await shot("admin");
  await row(kernels.bobs).getByRole("button", { name: "Stop" }).click();
  await page.locator("#dialog").getByRole("button", { name: "Stop" }).click();
  await row(kernels.bobs).waitFor({ state: "detached" });
}

await performOn(() => page, [
  logInByTheAddress, seeTheKernels, aKernelAppearsAndVanishes, interruptByKeyboard, stopByKeyboard, connectToAKernel,
  filterAndSort, darkAndNarrow, aHiddenPageAsksSeldom, noAnswerAndBack, forge, logOut, logInByTheForm,
  anotherTenantSeesNoneOfIt, anAdminSeesAll,
]);
