// A reactive notebook in JupyterLab: a change in one cell changes the picture under another. See lab_page.mjs.
import { cell, kernelIs, openNotebook, output, page, perform, rerun, run, seen } from "./lab_page.mjs";

const image = () => output(0).locator("img");

// Of the only picture under the first cell, once it is another one than `before`.
async function pictureUnlike(before) {
  await page.waitForFunction(
    (old) => {
      const images = document.querySelectorAll(".jp-Notebook .jp-CodeCell .jp-OutputArea-output img");
      return images.length === 1 && images[0].complete && images[0].naturalWidth > 0 && images[0].src !== old;
    },
    before,
  );
  return image().evaluate(({ naturalWidth, src }) => ({ width: naturalWidth, src }));
}

async function openReactiveNotebook() {
  await openNotebook("Python 3 (Corncob, reactive)");
}

async function cellsThatWait() {
  await run(0, "import matplotlib.pyplot as plt\nplt.figure(figsize=(width, 1))\nplt.plot([1, 3, 2]);");
  await run(1, "print('the width is', width)\nfor i in range(width): display(i)\nwidth * 100");
  await run(2, "1 + 1");
  await output(2).getByText("2").waitFor();
  seen.waiting = [await output(0).count(), await output(1).count()];
}

async function theInputComes() {
  await run(3, "width = 2");
  seen.first = await pictureUnlike("");
  await output(1).getByText("200").waitFor();
  seen.textsFirst = await output(1).allInnerTexts();
}

async function theInputChanges() {
  await rerun(3, "width = 6");
  seen.second = await pictureUnlike(seen.first.src);
  await output(1).getByText("600").waitFor();
  seen.textsSecond = await output(1).allInnerTexts();
  seen.prompts = [];
  for (const number of [0, 1, 3]) seen.prompts.push(await cell(number).locator(".jp-InputPrompt").innerText());
}

async function anErrorAndBack() {
  await rerun(3, "width = 'wide'");
  await output(0).getByText("TypeError").first().waitFor();
  await output(1).getByText("TypeError").first().waitFor();
  seen.wrong = [await image().count(), (await output(1).first().innerText()).trim()];
  await rerun(3, "width = 3");
  await output(1).getByText("300").waitFor();
  seen.third = await pictureUnlike(seen.second.src);
  await kernelIs("idle");
}

async function theGraph() {
  await run(4, "%reactive");
  await output(4).locator("svg, img").first().waitFor();
  seen.graph = await output(4).locator("svg, img").count();
  await page.locator(".jp-Notebook .jp-CodeCell").first().scrollIntoViewIfNeeded();
}

// JupyterLab tells with the next cell that runs which ones have been deleted.
async function theInputIsDeleted() {
  await cell(3).locator(".jp-InputPrompt").click();
  await page.keyboard.press("d");
  await page.keyboard.press("d");
  await run(4, "'after the deletion'");
  await output(4).getByText("after the deletion").waitFor();
  await image().waitFor({ state: "detached" });
  seen.deleted = [await output(0).count(), await output(1).count()];
}

await perform(
  openReactiveNotebook,
  cellsThatWait,
  theInputComes,
  theInputChanges,
  anErrorAndBack,
  theGraph,
  theInputIsDeleted,
);
