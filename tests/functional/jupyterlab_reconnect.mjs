// JupyterLab whose WebSocket breaks off under a running cell: it comes back by itself. `task.junction` is where the
// connection runs through (junction.py). See lab_page.mjs.
import { cell, interrupt, kernelIs, openNotebook, output, page, perform, restart, run, seen, task }
  from "./lab_page.mjs";

const command = (name) => fetch(`${task.junction}/junction/${name}`);

/// The connection is there again. Until then jupyter_server, where it is cut off behind it, loses what the page sends.
async function mend() {
  await command("mend");
  await command("until-back");
}

/// What the page knows of the notebook's kernel must not count here: asks the server.
async function kernelIsDone() {
  await page.waitForFunction(async () => {
    const kernels = await (await fetch("/api/kernels")).json();
    return kernels.length > 0 && kernels.every((kernel) => kernel.execution_state === "idle");
  });
}

async function shown(number) {
  await kernelIs("idle");
  const texts = await output(number).allInnerTexts();
  return { text: texts.join("\n"), prompt: await cell(number).locator(".jp-InputPrompt").innerText() };
}

async function define() {
  await run(0, [
    "import time, urllib.request",
    "def await_cut(): urllib.request.urlopen('JUNCTION/junction/until-cut')".replace("JUNCTION", task.junction),
    "print('defined')",
  ].join("\n"));
  await output(0).getByText("defined").waitFor();
}

// All that comes after the cut, the end of the cell included, happens while nobody is connected.
async function theRestOfACellUnheard() {
  const mine = task.steps.indexOf("theRestOfACellUnheard"); // its cell
  await run(mine, [
    "for i in range(500): print('line', i)",
    "await_cut()",
    "for i in range(500, 1000): print('line', i)",
    "'the end'",
  ].join("\n"));
  await output(mine).getByText("line 499").waitFor();
  await command("cut");
  await kernelIsDone();
  seen.whileCut = await output(mine).allInnerTexts();
  await mend();
  await output(mine).getByText("the end").waitFor();
  seen.unheard = await shown(mine);
}

// Lines come all the time, before, while and after the page is cut off, three times.
async function cutInTheStream() {
  const mine = task.steps.indexOf("cutInTheStream"); // its cell
  await run(mine, "for i in range(3000):\n    print('line', i, flush=True)\n    time.sleep(0.001)");
  for (const line of [100, 800, 1600]) {
    await output(mine).getByText(`line ${line}`).first().waitFor();
    await command("cut");
    await mend();
  }
  await output(mine).getByText("line 2999").waitFor();
  seen.stream = await shown(mine);
}

async function askedUnheard() {
  const mine = task.steps.indexOf("askedUnheard"); // its cell
  await run(mine, "print('asking')\nawait_cut()\nprint('hello', input('name? '))");
  await output(mine).getByText("asking").waitFor();
  await command("cut");
  await mend();
  const question = cell(mine).locator("input.jp-Stdin-input");
  await question.waitFor();
  seen.questions = await question.count();
  await question.fill("Ann");
  await question.press("Enter");
  await output(mine).getByText("hello Ann").waitFor();
  seen.asked = await shown(mine);
}

async function interruptACell() {
  seen.interruptMs = await interrupt(task.steps.indexOf("interruptACell"));
}

async function restartTheKernel() {
  seen.afterRestart = await restart(task.steps.indexOf("restartTheKernel"), "await_cut");
}

const steps = { define, theRestOfACellUnheard, cutInTheStream, askedUnheard, interruptACell, restartTheKernel };
await perform(openNotebook, ...task.steps.map((name) => steps[name]));
