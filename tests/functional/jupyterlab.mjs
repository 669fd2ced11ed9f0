// JupyterLab's kernels in gateway mode: cells, completion, interrupt, restart. See lab_page.mjs.
import { cell, interrupt, kernelIs, openNotebook, output, page, perform, restart, run, seen } from "./lab_page.mjs";

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

async function interruptACell() {
  seen.interruptMs = await interrupt(5);
}

async function restartTheKernel() {
  seen.afterRestart = await restart(6, "a_long_name_of_corn");
}

await perform(openNotebook, runCells, complete, interruptACell, restartTheKernel);
