// A user of JupyterHub: logs in, gets a JupyterLab of their own, runs cells there; then the gateway's own page, to
// which the Hub lets the browser in. See lab_page.mjs.
import { logInAtTheHub, openNotebookHere, output, page, perform, run, seen, task } from "./lab_page.mjs";

async function runCells() {
  await run(0, `me = '${task.user}'\nprint('hello from', me)\n6 * 7`);
  await output(0).nth(1).waitFor();
  seen.text = await output(0).allInnerTexts();
  await run(1, "import os\nprint('kernel', os.getpid())");
  await output(1).waitFor();
  seen.pid = await output(1).innerText();
}

async function visitTheGateway() {
  await page.goto(`${task.url}/services/corncob/`);
  await page.locator("h1", { hasText: "Corncob" }).waitFor();
  await page.locator('#connection[data-state="live"]').waitFor();
  await page.locator("#table tbody tr").first().waitFor();
  seen.address = page.url();
  seen.page = await page.locator("body").innerText();
}

// Scripts of the page have the cookie; what else they need is what only they can read.
async function useTheApiFromThePage() {
  seen.api = await page.evaluate(async () => {
    const proof = document.cookie.match(/_xsrf=([^;]+)/)[1];
    const ask = async (method, headers) => (await fetch("api/kernels", { method, headers })).status;
    const connects = (id, query) =>
      new Promise((resolve) => {
        const address = new URL(`api/kernels/${id}/channels${query}`, location.href);
        address.protocol = "ws:";
        const socket = new WebSocket(address);
        socket.onopen = () => resolve(true);
        socket.onerror = () => resolve(false);
      });
    const kernels = await (await fetch("api/kernels", { headers: { "X-XSRFToken": proof } })).json();
    return {
      cookies: document.cookie,
      kernels: kernels.map((kernel) => kernel.id),
      read: await ask("GET", { "X-XSRFToken": proof }),
      forgedRead: await ask("GET", {}),
      forged: await ask("POST", {}),
      wrong: await ask("POST", { "X-XSRFToken": "0".repeat(64) }),
      socket: await connects(kernels[0].id, `?_xsrf=${proof}`),
      forgedSocket: await connects(kernels[0].id, ""),
    };
  });
}

await perform(logInAtTheHub, openNotebookHere, runCells, visitTheGateway, useTheApiFromThePage);
