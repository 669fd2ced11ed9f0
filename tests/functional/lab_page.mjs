// A page of JupyterLab in a real browser, and what a person does there: open a notebook, type into a cell, run it.
//
// A script of it is run as `node SCRIPT '{"url": …, "browser": …, "picture": …}'` (browser.py does) and prints what its
// steps have seen as one line of JSON; `failed` names the step that did not get through.
import { DEADLINE_MS, browser, performOn, say, seen, task } from "./chromium.mjs";

export { DEADLINE_MS, seen, task };

const { url } = task;
export const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
page.setDefaultTimeout(DEADLINE_MS);
Object.assign(seen, { sockets: [], errors: [] });

// The page shows a kernel as idle before it can run a cell there: it can once the kernel has introduced itself.
let introduced;
function awaitIntroduction() {
  const answer = new Promise((resolve, reject) => {
    introduced = resolve;
    setTimeout(() => reject(new Error("no kernel_info_reply")), 2 * DEADLINE_MS).unref();
  });
  answer.catch(() => {}); // it is awaited later, or not at all
  return answer;
}
page.on("websocket", (socket) => {
  seen.sockets.push(new URL(socket.url()).pathname);
  say(`websocket ${socket.url()}`);
  socket.on("framereceived", ({ payload }) => String(payload).includes("kernel_info_reply") && introduced());
});
page.on("pageerror", (error) => seen.errors.push(String(error)));
await page.addInitScript(() => {
  const Plain = window.WebSocket;
  window.everySocket = [];
  window.WebSocket = class extends Plain {
    constructor(...parts) {
      super(...parts);
      window.everySocket.push(this);
    }
  };
});

/// The subprotocols that the page's connections to kernels have agreed on.
export const protocols = () =>
  page.evaluate(() => window.everySocket.filter((s) => s.url.includes("/channels")).map((s) => s.protocol));

export const cell = (number) => page.locator(".jp-Notebook .jp-CodeCell").nth(number);
export const button = (name) => page.locator(`[data-jp-item-name="${name}"]`).locator("jp-button, button").first();
export const output = (number) => cell(number).locator(".jp-OutputArea-output");
export const kernelIs = (status) =>
  page.locator(`.jp-Notebook-ExecutionIndicator[data-status="${status}"]`).first().waitFor();

export async function run(number, source) {
  await cell(number).locator(".cm-content").click();
  await page.keyboard.insertText(source);
  await page.keyboard.press("Shift+Enter"); // also makes the next cell
}

/// With other code than before.
export async function rerun(number, source) {
  await cell(number).locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(source);
  await page.keyboard.press("Shift+Enter");
}

/// Of the kernelspec whose display name has `kernel` in it.
// As `task.user`, who then has a JupyterLab of their own.
export async function logInAtTheHub() {
  await page.goto(`${task.url}/hub/login?next=${encodeURIComponent("/hub/spawn")}`);
  await page.locator("#username_input").fill(task.user);
  await page.locator("#password_input").fill(task.password);
  await page.locator("#login_submit").click();
  await page.waitForURL(`**/user/${task.user}/lab**`, { timeout: 60000 });
}

export async function openNotebook(kernel = "") {
  await page.goto(url);
  await openNotebookHere(kernel);
}

/// On a page that is JupyterLab already.
export async function openNotebookHere(kernel = "") {
  const kernelAnswers = awaitIntroduction();
  await page.locator('.jp-LauncherCard[data-category="Notebook"]').filter({ hasText: kernel }).first().click();
  await cell(0).waitFor();
  await kernelAnswers;
  await kernelIs("idle");
}

/// The notebook is saved, and the page loaded anew: it finds its notebook and the kernel again.
export async function reload() {
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+s");
  await page.locator(".jp-Dialog .jp-mod-accept").click(); // at the first time it asks for a name
  await page.locator(".jp-mod-current.jp-mod-dirty").waitFor({ state: "detached" });
  const kernelAnswers = awaitIntroduction();
  await page.reload();
  await cell(0).waitFor();
  await kernelAnswers;
  await kernelIs("idle");
}

/// Interrupts a cell that sleeps; how long that took, in milliseconds.
export async function interrupt(number) {
  await run(number, "import time\nprint('asleep')\ntime.sleep(600)");
  await output(number).getByText("asleep").waitFor();
  await kernelIs("busy");
  const begin = Date.now();
  await button("interrupt").click();
  await output(number).getByText("KeyboardInterrupt").first().waitFor();
  await kernelIs("idle");
  return Date.now() - begin;
}

/// Restarts the kernel, and runs a cell that tells whether `name` is forgotten; that cell's prompt.
export async function restart(number, name) {
  await button("restart").click();
  await page.locator(".jp-Dialog .jp-mod-accept").click();
  await page.locator(".jp-Dialog").waitFor({ state: "detached" });
  await kernelIs("idle");
  await run(number, `'${name}' in globals()`);
  await output(number).getByText("False").waitFor();
  await cell(number).locator(".jp-InputPrompt").getByText(/\[\d+\]/).waitFor(); // its reply may come later
  return cell(number).locator(".jp-InputPrompt").innerText();
}

export const perform = (...parts) => performOn(page, parts);
