// The browser of a script that is run as `node SCRIPT '{"url": …, "browser": …, "picture": …}'` (browser.py does) and
// prints what its steps have seen as one line of JSON; `failed` names the step that did not get through.
import { chromium } from "playwright-core";

export const DEADLINE_MS = 30000;
export const task = JSON.parse(process.argv[2]);
export const seen = {};
export const say = (what) => process.stderr.write(`${new Date().toISOString()} ${what}\n`);

const { browser: executablePath, picture } = task;
const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"];

// The browser is not what is tested here: on a loaded machine one that does not come up gets a second chance.
async function launch() {
  say("starting the browser");
  return chromium.launch({ executablePath, headless: true, args, timeout: DEADLINE_MS });
}
export const browser = await launch().catch((error) => {
  say(error.message);
  return launch();
});

/// Each part is a step, named as its function. `page`, or what it is at the end, is what the picture shows.
export async function performOn(page, parts) {
  let step = "start";
  try {
    for (const part of parts) {
      step = part.name;
      say(step);
      await part();
    }
  } catch (error) {
    seen.failed = `${step}: ${error.message}`;
  } finally {
    const shown = typeof page === "function" ? page() : page;
    await shown?.screenshot({ path: picture });
    await browser.close();
  }
  console.log(JSON.stringify(seen));
}
