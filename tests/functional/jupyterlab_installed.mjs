// JupyterLab's kernels by an installed kernelspec, over ZMQ. See lab_page.mjs.
import { cell, interrupt, kernelIs, openNotebook, output, page, perform, restart, run, seen } from "./lab_page.mjs";

async function runCells() {
  await run(0, "grain = 'maize'\nprint('typed in a browser')\n6 * 7");
  await output(0).nth(1).waitFor();
  seen.text = await output(0).allInnerTexts();
  seen.kernel = await page.locator(".jp-Toolbar-kernelName").first().textContent();
  seen.prompt = await cell(0).locator(".jp-InputPrompt").innerText();
  await run(1, "for i in range(2000): print(i, flush=True)");
  await output(1).getByText("1999").waitFor();
  await kernelIs("idle");
  seen.lines = await output(1).allInnerTexts();
}

async function answer() {
  await run(2, "print('hello', input('name? '))");
  const question = cell(2).locator("input.jp-Stdin-input");
  await question.waitFor();
  seen.question = await cell(2).locator(".jp-Stdin-prompt").innerText();
  await question.fill("Ann");
  await question.press("Enter");
  await output(2).getByText("hello Ann").waitFor();
  seen.answered = true;
}

async function interruptACell() {
  seen.interruptMs = await interrupt(3);
}

async function restartTheKernel() {
  seen.afterRestart = await restart(4, "grain");
}

await perform(openNotebook, runCells, answer, interruptACell, restartTheKernel);
