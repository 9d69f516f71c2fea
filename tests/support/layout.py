"""Whether everything on a page has its place: nothing sticks out, is cut off, or lies on something else."""

# Boxes of lines of text and of controls. What nobody sees, what scrolls by itself, and the bar that is fixed to the window
# are left out; a line may touch the next one, since letters are a little higher than some lines.
MISPLACED = """
() => {
  const TOUCH = 4;
  const seen = (element) => {
    for (let e = element; e && e !== document.documentElement; e = e.parentElement) {
      const style = getComputedStyle(e);
      if (style.visibility === "hidden" || style.opacity === "0" || style.clipPath === "inset(50%)") return false;
      if (style.position === "fixed" || e.matches("svg, .skip-link, [aria-hidden=true]")) return false;
    }
    return true;
  };
  const scrolls = (element) => {
    for (let e = element; e; e = e.parentElement)
      if (/auto|scroll/.test(getComputedStyle(e).overflowX) && e !== document.documentElement && e !== document.body) return true;
    return false;
  };
  const name = (element) => {
    const words = (element.innerText || element.name || "").trim().replace(/\\s+/g, " ").slice(0, 50);
    return `${element.tagName.toLowerCase()}${element.className && element.className.baseVal === undefined ? "." + element.className : ""} "${words}"`;
  };

  for (const details of document.querySelectorAll("details")) details.open = true;
  const boxes = [];
  const add = (owner, rect) => {
    if (rect.width > 1 && rect.height > 1) boxes.push({ owner, rect });
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.data.trim() || !seen(node.parentElement)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) add(node.parentElement, rect);
  }
  for (const control of document.querySelectorAll("button, input, select, textarea, summary, a.button, .badge"))
    if (seen(control)) add(control, control.getBoundingClientRect());

  const found = new Set();
  for (const { owner, rect } of boxes)
    if ((rect.right > innerWidth + 1 || rect.left < -1) && !scrolls(owner)) found.add(`sticks out: ${name(owner)}`);
  for (const element of document.querySelectorAll("body *")) {
    const style = getComputedStyle(element);
    if (!/hidden|clip/.test(style.overflowX + style.overflowY) || element.matches("input, select, img, video") || !seen(element)) continue;
    const wide = element.scrollWidth > element.clientWidth + 1 && /hidden|clip/.test(style.overflowX);
    const high = element.scrollHeight > element.clientHeight + 1 && /hidden|clip/.test(style.overflowY);
    if (element.clientWidth > 1 && (wide || high) && element.innerText?.trim()) found.add(`cut off: ${name(element)}`);
  }
  boxes.sort((a, b) => a.rect.top - b.rect.top);
  for (let i = 0; i < boxes.length; i++)
    for (let j = i + 1; j < boxes.length && boxes[j].rect.top < boxes[i].rect.bottom - TOUCH; j++) {
      const [a, b] = [boxes[i], boxes[j]];
      if (a.owner.contains(b.owner) || b.owner.contains(a.owner)) continue;
      const across = Math.min(a.rect.right, b.rect.right) - Math.max(a.rect.left, b.rect.left);
      const down = Math.min(a.rect.bottom, b.rect.bottom) - Math.max(a.rect.top, b.rect.top);
      if (across > TOUCH && down > TOUCH && !scrolls(a.owner)) found.add(`overlap: ${name(a.owner)} and ${name(b.owner)}`);
    }
  return [...found];
}
"""


def misplaced(page) -> list[str]:
    """What sticks out of the page, is cut off, or overlaps, each in words. Opens what can be opened in it."""
    return page.evaluate(MISPLACED)
