// The session seems to be over: whoever signed in again beside this page goes on here.

import { reach, session, SignedOut, tokensIn, userIn } from "./delivery.js";
import { gettext } from "./words.js";

/** Signing in again changes the token; this same page carries the new one. */
session.renew = async () => {
  const reply = await reach(location.href);
  // Refused, not signed out: the call itself will say why.
  if (!reply.ok) return;
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  const user = userIn(page);
  if (!user) throw new SignedOut(gettext("You are signed out."));
  if (user !== userIn(document)) throw new SignedOut(gettext("Somebody else is signed in here."), true);
  const [token] = tokensIn(page);
  for (const each of tokensIn(document)) {
    if ("content" in each) each.content = token.content ?? token.value;
    else each.value = token.content ?? token.value;
  }
};
