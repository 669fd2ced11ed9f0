// Uses JupyterLab as a person does, in a real browser, and prints what the page shows as one line of JSON.
//
//   node jupyterlab.mjs '{"url": "http://127.0.0.1:8888/lab?token=T", "browser": "/usr/bin/chromium", "picture": "x"}'
import { chromium } from "playwright-core";

const DEADLINE_MS = 30000;
const { url, browser: executablePath, picture } = JSON.parse(process.argv[2]);
const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"];
const say = (what) => process.stderr.write(`${new Date().toISOString()} ${what}\n`);

// The browser is not what is tested here: on a loaded machine one that does not come up gets a second chance.
async function launch() {
  say("starting the browser");
  return chromium.launch({ executablePath, headless: true, args, timeout: DEADLINE_MS });
}
const browser = await launch().catch((error) => {
  say(error.message);
  return launch();
});
const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
page.setDefaultTimeout(DEADLINE_MS);
const seen = { sockets: [], errors: [] };

// The page shows a kernel as idle before it can run a cell there: it can once the kernel has introduced itself.
let introduced;
const kernelAnswers = new Promise((resolve, reject) => {
  introduced = resolve;
  setTimeout(() => reject(new Error("no kernel_info_reply")), 2 * DEADLINE_MS).unref();
});
kernelAnswers.catch(() => {}); // it is awaited later, or not at all
page.on("websocket", (socket) => {
  seen.sockets.push(new URL(socket.url()).pathname);
  say(`websocket ${socket.url()}`);
  socket.on("framereceived", ({ payload }) => String(payload).includes("kernel_info_reply") && introduced());
});
page.on("pageerror", (error) => seen.errors.push(String(error)));

const cell = (number) => page.locator(".jp-Notebook .jp-CodeCell").nth(number);
const button = (name) => page.locator(`[data-jp-item-name="${name}"]`).locator("jp-button, button").first();
const output = (number) => cell(number).locator(".jp-OutputArea-output");
const kernelIs = (status) => page.locator(`.jp-Notebook-ExecutionIndicator[data-status="${status}"]`).first().waitFor();

async function type(number, source) {
  const editor = cell(number).locator(".cm-content");
  await editor.click();
  await page.keyboard.insertText(source);
}

async function run(number, source) {
  await type(number, source);
  await page.keyboard.press("Shift+Enter"); // also makes the next cell
}

// One match is inserted at once; of several the list is shown. JupyterLab drops answers that take over a second (jedi's
// first may), so the key is pressed again.
async function completion(number, prefix, whole) {
  await cell(number).locator(".cm-content").click();
  await page.keyboard.type(prefix);
  await cell(number).locator(".jp-mod-completer-enabled").waitFor();
  const inserted = cell(number).getByText(whole);
  const chosen = page.locator(".jp-Completer-item.jp-mod-active");
  for (let presses = 0; presses < 10 && !(await inserted.isVisible()); ++presses) {
    await page.keyboard.press("Tab");
    await inserted.or(chosen).first().waitFor({ timeout: 2000 }).catch(() => {});
    if (await chosen.isVisible()) await page.keyboard.press("Enter");
  }
  await inserted.waitFor();
}

async function openNotebook() {
  await page.goto(url);
  await page.locator('.jp-LauncherCard[data-category="Notebook"]').first().click();
  await cell(0).waitFor();
  await kernelAnswers;
  await kernelIs("idle");
}

async function runCells() {
  await run(0, "print('typed in a browser')\n6 * 7");
  await output(0).nth(1).waitFor();
  seen.text = await output(0).allInnerTexts();
  seen.kernel = await page.locator(".jp-Toolbar-kernelName").first().textContent();
  seen.prompt = await cell(0).locator(".jp-InputPrompt").innerText();

  await run(1, "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 4, 2, 3]);");
  const image = output(1).locator("img");
  await image.waitFor();
  seen.image = await image.evaluate(async (element) => {
    await element.decode();
    return { width: element.naturalWidth, height: element.naturalHeight, type: element.src.slice(0, 15) };
  });

  await run(2, "import pandas\npandas.DataFrame({'grain': ['maize']})");
  await output(2).locator("table").waitFor();
  seen.table = await output(2).locator("table").innerText();
}

async function complete() {
  await run(3, "a_long_name_of_corn = 1");
  await kernelIs("idle");
  await completion(4, "a_long_name_o", "a_long_name_of_corn");
  seen.completed = await cell(4).locator(".cm-content").innerText();
  await page.keyboard.press("Shift+Enter");
}

async function interrupt() {
  await run(5, "import time\nprint('asleep')\ntime.sleep(600)");
  await output(5).getByText("asleep").waitFor();
  await kernelIs("busy");
  const begin = Date.now();
  await button("interrupt").click();
  await output(5).getByText("KeyboardInterrupt").first().waitFor();
  seen.interruptMs = Date.now() - begin;
  await kernelIs("idle");
}

async function restart() {
  await button("restart").click();
  await page.locator(".jp-Dialog .jp-mod-accept").click();
  await page.locator(".jp-Dialog").waitFor({ state: "detached" });
  await kernelIs("idle");
  await run(6, "'a_long_name_of_corn' in globals()");
  await output(6).getByText("False").waitFor();
  seen.afterRestart = await cell(6).locator(".jp-InputPrompt").innerText();
}

let step = "start";
try {
  for (const part of [openNotebook, runCells, complete, interrupt, restart]) {
    step = part.name;
    say(step);
    await part();
  }
} catch (error) {
  seen.failed = `${step}: ${error.message}`;
} finally {
  await page.screenshot({ path: picture });
  await browser.close();
}
console.log(JSON.stringify(seen));
