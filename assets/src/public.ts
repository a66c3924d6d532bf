// The public pages work without a script; this one only spares a second sending.

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
    if (button) window.setTimeout(() => (button.disabled = true));
  });
}
