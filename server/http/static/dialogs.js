// Questions and answers above the page, and what is said to who does not see it.

const dialog = document.getElementById("dialog");
const title = document.getElementById("dialog-title");
const body = document.getElementById("dialog-body");
const cancel = document.getElementById("dialog-cancel");
const confirm = document.getElementById("dialog-do");
const announcer = document.getElementById("announce");

export function announce(text) {
  announcer.textContent = "";
  requestAnimationFrame(() => (announcer.textContent = text));
}

function paragraph(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}

function show(content) {
  body.replaceChildren(...content);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "do"), { once: true });
    dialog.returnValue = "";
    dialog.showModal();
    cancel.focus(); // what can be undone comes first
  });
}

/// Whether the person wants it.
export function really(question, text, word) {
  title.textContent = question;
  confirm.textContent = word;
  confirm.hidden = false;
  cancel.textContent = "Cancel";
  return show([paragraph(text)]);
}

export function tell(heading, content) {
  title.textContent = heading;
  confirm.hidden = true;
  cancel.textContent = "Close";
  return show(content.map((each) => (typeof each === "string" ? paragraph(each) : each)));
}

/// A command with a button that copies it.
export function line(label, command) {
  const element = document.createElement("div");
  element.className = "line";
  element.append(paragraph(label));
  const row = document.createElement("div");
  row.className = "copy";
  const code = document.createElement("code");
  code.textContent = command;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy ${command}`);
  button.addEventListener("click", () => copy(code, button));
  row.append(code, button);
  element.append(row);
  return element;
}

const COPIED_MS = 1500;

async function copy(code, button) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
    announce("Copied");
    setTimeout(() => (button.textContent = "Copy"), COPIED_MS);
  } catch {
    getSelection().selectAllChildren(code); // not over plain http: it is for the person to press Ctrl-C
    announce("The command is selected: copy it by the keyboard");
  }
}
