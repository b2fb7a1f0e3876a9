/// Keeps a page that comes from a server up to date: what has changed is replaced, all else stays as the visitor left
/// it, down to hidden series, open tables, scrolled places and the focus.
enum LiveScript {
  /// Where a visitor is told whether the page is up to date.
  static let status = "<p class=\"live\" role=\"status\"></p>"

  /// Notes the parts of the page before any other script changes them.
  static let before = #"""
    const partsOf = root => [...root.children].map(node => ({ node, text: node.outerHTML }));
    let livingParts = partsOf(document.querySelector("main"));

    """#

  static let text = #"""
    (() => {
      const main = document.querySelector("main");
      const status = document.querySelector(".live");
      const controls = "button, summary, .picture, .scroll, a";
      const keyOf = node => node.id
        || [node.tagName, node.getAttribute("aria-label") || "",
          (node.querySelector("h2") || { textContent: "" }).textContent].join(" ");
      const stateOf = node => ({
        hidden: [...node.querySelectorAll(".legend button[aria-pressed=false]")]
          .map(button => button.textContent),
        open: [...node.querySelectorAll("details")].map(details => details.open),
        scroll: [...node.querySelectorAll(".scroll, .picture")].map(box => [box.scrollLeft, box.scrollTop]),
        focus: [...node.querySelectorAll(controls)].indexOf(document.activeElement),
      });
      const restore = (node, state) => {
        node.querySelectorAll(".legend button").forEach(button => {
          if (state.hidden.includes(button.textContent)) button.click();
        });
        node.querySelectorAll("details").forEach((details, i) => { details.open = Boolean(state.open[i]); });
        node.querySelectorAll(".scroll, .picture").forEach((box, i) => {
          if (state.scroll[i]) [box.scrollLeft, box.scrollTop] = state.scroll[i];
        });
        const focused = node.querySelectorAll(controls)[state.focus];
        if (focused) focused.focus({ preventScroll: true });
      };
      const settle = (part, old) => {
        if (old && old.node.ending) old.node.ending.abort();
        if (part.node.tagName === "FIGURE") enliven(part.node);
      };
      const update = text => {
        const fresh = new DOMParser().parseFromString(text, "text/html");
        document.title = fresh.title;
        const parts = partsOf(fresh.querySelector("main"));
        const known = new Map(livingParts.map(part => [keyOf(part.node), part]));
        const isSame = parts.length === livingParts.length
          && parts.every((part, i) => keyOf(part.node) === keyOf(livingParts[i].node));
        const next = [];
        for (const part of parts) {
          const old = known.get(keyOf(part.node));
          if (old && old.text === part.text) { next.push(old); continue; }
          const state = old && stateOf(old.node);
          const node = document.adoptNode(part.node);
          next.push({ node, text: part.text });
          if (old && isSame) old.node.replaceWith(node);
          settle({ node }, old);
          if (state) (isSame ? f => f() : f => queueMicrotask(f))(() => restore(node, state));
        }
        if (!isSame) main.replaceChildren(...next.map(part => part.node));
        livingParts = next;
      };
      let tag = null, delay = 1000;
      const look = async () => {
        try {
          const answer = await fetch(location.href,
            { cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} });
          if (answer.ok) {
            tag = answer.headers.get("ETag");
            update(await answer.text());
          }
          const isFine = answer.ok || answer.status === 304;
          status.textContent = isFine ? "" : "The server refuses to say what is new (" + answer.status + ").";
          delay = 1000;
        } catch (error) {
          status.textContent = "The server does not answer. This is what was there last.";
          delay = Math.min(10000, 2 * delay);
        }
        setTimeout(look, delay);
      };
      setTimeout(look, delay);
    })();

    """#
}
