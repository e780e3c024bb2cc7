// The buttons that copy a link to what a view shows.

/** Copy an address of this page that ends in link; where the browser forbids it, show the address, selected. */
window.fxCopyLink = async (view, link, words) => {
  if (!link) return;
  const [copied, press, note] = JSON.parse(words);
  const address = new URL(link, window.location.href).href;
  const said = document.querySelector(`#${view}-link .fx-link-said [role="status"]`);
  try {
    await navigator.clipboard.writeText(address);
    said.textContent = `${copied} ${note}`;
  } catch {
    const box = Object.assign(document.createElement("input"), { readOnly: true, value: address });
    box.setAttribute("aria-label", "Link to what is on show");
    said.replaceChildren(`${press} `, box, ` ${note}`);
    box.select();
  }
};
