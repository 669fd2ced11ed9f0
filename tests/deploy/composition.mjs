// A user of the composition: logs in at the Hub, gets a JupyterLab, runs cells in Corncob, which is then taken away
// under them. `task.control` is where the test does what only it can: GET /NAME, answered when that is done. See
// lab_page.mjs.
import {
  kernelIs, logInAtTheHub, openNotebookHere, output, page, perform, run, seen, task,
} from "../functional/lab_page.mjs";

async function control(name) {
  const answer = await fetch(`${task.control}/${name}`);
  if (!answer.ok) throw new Error(`${name}: ${await answer.text()}`);
}

// Lab tells of a kernel's death whenever it notices, over whatever is done meanwhile.
const told = page.locator(".jp-Dialog").filter({ hasText: "appears to have died" });
await page.addLocatorHandler(told, async () => {
  seen.deaths = (seen.deaths ?? 0) + 1;
  await told.locator(".jp-mod-accept").click();
});

const openNotebook = () => openNotebookHere();

async function readAFileBesideTheNotebook() {
  await run(0, "import os, time\nopen('note.txt', 'w').write('kept')\nprint(os.getcwd(), open('note.txt').read())");
  await output(0).getByText("kept").waitFor();
  seen.directory = await output(0).innerText();
}

/// A cell ends the daemon, as a package that crashes would; Docker starts it anew.
async function crash() {
  await run(1, "import ctypes\nctypes.string_at(0)");
  await control("until_it_is_back");
  await recover(2);
}

/// What a person does who is told that there is no kernel: takes a new one, and runs the cells again.
async function recover(next) {
  const kernel = page.locator(".jp-NotebookPanel-toolbar .jp-KernelName");
  await kernel.filter({ hasText: "No Kernel" }).click({ timeout: 60000 });
  await page.locator(".jp-Dialog .jp-mod-accept").click();
  await kernel.filter({ hasText: "Corncob" }).waitFor();
  await kernelIs("idle");
  await run(next, "'time' in globals()");
  await output(next).getByText("False").waitFor();
}

/// The cell that runs while the daemon is told to end may finish; its output arrives.
async function drain() {
  await run(3, "import time\nprint('begun', flush=True)\ntime.sleep(3)\nprint('finished')");
  await output(3).getByText("begun").waitFor();
  await control("drain");
  await output(3).getByText("finished").waitFor();
  await control("start_again");
  await recover(4);
}

/// The Hub goes and comes back, with the users' servers: the browser is still logged in.
async function theHubIsKilled() {
  await control("kill_the_hub");
  await page.goto(`${task.url}/hub/spawn?next=${encodeURIComponent(`/user/${task.user}/lab?reset`)}`);
  await page.waitForURL(`**/user/${task.user}/lab**`, { timeout: 60000 });
  await openNotebookHere();
  await run(0, "print(open('note.txt').read())");
  await output(0).getByText("kept").waitFor();
}

await perform(logInAtTheHub, openNotebook, readAFileBesideTheNotebook, crash, drain, theHubIsKilled);
