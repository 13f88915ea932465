// The few ways in which the page writes its document: text is always text, never markup.

export function element(tag, className, parent) {
  const result = document.createElement(tag);
  if (className) result.className = className;
  parent?.append(result);
  return result;
}

export function write(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
