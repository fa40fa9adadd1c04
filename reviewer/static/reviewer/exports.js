// While an export is being written, shows how far it is: the server's own list, fetched anew.

const SECONDS = 3;
const list = () => document.getElementById("exports");

async function refresh() {
  const shown = list();
  if (!shown?.hasAttribute("data-going")) return;
  if (!document.hidden && !shown.contains(document.activeElement)) await replace(shown);
  setTimeout(refresh, SECONDS * 1000);
}

/** @param {HTMLElement} shown */
async function replace(shown) {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("exports");
    if (answer.ok && fresh) shown.replaceWith(document.adoptNode(fresh));
  } catch (error) {
    // Away for a moment; what is shown stays, and is asked for again.
    if (!(error instanceof TypeError)) throw error;
  }
}

setTimeout(refresh, SECONDS * 1000);
