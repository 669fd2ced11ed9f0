// ipywidgets in JupyterLab, whose page is connected to the daemon directly. See lab_page.mjs.
import { cell, openNotebook, output, page, perform, protocols, reload, run, seen } from "./lab_page.mjs";

const readout = (number) => output(number).locator(".widget-readout").first();

async function display() {
  await run(0, "import asyncio, ipywidgets as w\nslider = w.IntSlider(description='corn')\nslider");
  await readout(0).getByText("0").waitFor();
  seen.protocols = await protocols();
}

async function moveWhileACellAwaits() {
  await run(1, [
    "moved = asyncio.Event()",
    "slider.observe(lambda change: (print('now', change.new), moved.set()), 'value')",
    "print('waiting')",
    "while slider.value < 3:",
    "    await moved.wait()",
    "    moved.clear()",
    "print('woken at', slider.value)",
  ].join("\n"));
  await output(1).getByText("waiting").waitFor();
  seen.runsBefore = await cell(1).locator(".jp-InputPrompt").innerText();
  await output(0).locator(".noUi-handle").focus();
  for (let presses = 0; presses < 3; ++presses) await page.keyboard.press("ArrowRight");
  await output(1).getByText("woken at").waitFor();
  seen.woken = (await output(1).allInnerTexts()).join("");
}

async function moveFromPython() {
  await run(2, "slider.value = 42");
  await readout(0).getByText("42").waitFor();
  seen.moved = await readout(0).innerText();
}

async function buffersToThePage() {
  await run(3, [
    "import io, PIL.Image",
    "file = io.BytesIO()",
    "PIL.Image.radial_gradient('L').resize((120, 45)).save(file, 'png')",
    "w.Image(value=file.getvalue())",
  ].join("\n"));
  const image = output(3).locator("img.widget-image");
  await image.waitFor();
  seen.image = await image.evaluate(async (element) => {
    await element.decode();
    return { width: element.naturalWidth, height: element.naturalHeight };
  });
}

async function buffersToPython() {
  await run(4, [
    "import hashlib",
    "upload, sent = w.FileUpload(), asyncio.Event()",
    "upload.observe(lambda change: sent.set(), 'value')",
    "display(upload)",
    "await sent.wait()",
    "print(upload.value[0].name, hashlib.sha256(upload.value[0].content).hexdigest())",
  ].join("\n"));
  const chooser = page.waitForEvent("filechooser");
  await output(4).locator("button.widget-upload, .jupyter-widget-upload, .jupyter-button").first().click();
  const buffer = Buffer.from(Array.from({ length: 100000 }, (_, number) => number % 251));
  await (await chooser).setFiles({ name: "ears.bin", mimeType: "application/octet-stream", buffer });
  await output(4).getByText("ears.bin").waitFor();
  seen.upload = await output(4).getByText("ears.bin").innerText();
}

async function outputOfACallback() {
  await run(5, [
    "out, knob = w.Output(), w.Button(description='shell it')",
    "@knob.on_click",
    "def shelled(_):",
    "    with out: print('shelled in')",
    "w.VBox([knob, out])",
  ].join("\n"));
  await output(5).getByText("shell it").click();
  await output(5).getByText("shelled in").waitFor();
  seen.shelled = await output(5).locator(".jp-OutputArea-output").last().innerText();
}

async function interact() {
  await run(6, "@w.interact(x=(1, 9))\ndef square(x=4): return x * x");
  await output(6).getByText("16").waitFor();
  await output(6).locator(".noUi-handle").focus();
  await page.keyboard.press("ArrowRight");
  await output(6).getByText("25").waitFor();
  seen.squared = await output(6).locator(".jp-OutputArea-output").last().innerText();
}

async function closeFromPython() {
  await run(7, "upload.close()");
  await output(4).locator(".jupyter-button").waitFor({ state: "detached" });
  seen.closed = true;
}

// The page opens a comm itself (jupyter.widget.control) and asks for the state of all widgets.
async function restoredByTheKernel() {
  await reload();
  await readout(0).getByText("42").waitFor();
  seen.restored = await readout(0).innerText();
  await output(0).locator(".noUi-handle").focus();
  await page.keyboard.press("ArrowLeft");
  await readout(0).getByText("41").waitFor();
  await run(8, "slider.value");
  await output(8).getByText("41").waitFor();
  seen.value = await output(8).innerText();
  await page.locator(".jp-Notebook .jp-CodeCell").first().scrollIntoViewIfNeeded();
}

// The page's messages come by way of a subshell: nobody waits for the cell.
async function moveWhileACellIsBusy() {
  await run(9, [
    "import time",
    "print('busy')",
    "while slider.value > 40: time.sleep(0.01)",
    "print('seen', slider.value)",
  ].join("\n"));
  await output(9).getByText("busy").waitFor();
  await output(0).locator(".noUi-handle").focus();
  await page.keyboard.press("ArrowLeft");
  await output(9).getByText("seen").waitFor();
  seen.seenWhileBusy = (await output(9).allInnerTexts()).join("");
}

await perform(
  openNotebook,
  display,
  moveWhileACellAwaits,
  moveFromPython,
  buffersToThePage,
  buffersToPython,
  outputOfACallback,
  interact,
  closeFromPython,
  restoredByTheKernel,
  moveWhileACellIsBusy,
);
