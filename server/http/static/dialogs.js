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
    // Not by the event that tells of its closing: it comes late, when the dialog may be open for the next question.
    const asked = new AbortController();
    const { signal } = asked;
    const answer = (yes) => {
      asked.abort();
      resolve(yes);
    };
    dialog.addEventListener("submit", (event) => answer(event.submitter === confirm), { signal });
    dialog.addEventListener("cancel", () => answer(false), { signal });
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
  const word = document.createElement("span");
  word.textContent = "Copy";
  const what = document.createElement("span");
  what.className = "visually-hidden";
  what.textContent = ` ${command}`;
  button.append(word, what);
  button.addEventListener("click", () => copy(code, word));
  row.append(code, button);
  element.append(row);
  return element;
}

const COPIED_MS = 1500;

async function copy(code, word) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    word.textContent = "Copied";
    announce("Copied");
    setTimeout(() => (word.textContent = "Copy"), COPIED_MS);
  } catch {
    getSelection().selectAllChildren(code); // not over plain http: it is for the person to press Ctrl-C
    announce("The command is selected: copy it by the keyboard");
  }
}
