// A picture of picture.js as text, for a file.

const ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"};

function escaped(text, pattern) {
  return String(text).replace(pattern, (one) => ENTITIES[one]);
}

export function markup(nodes) {
  return nodes.map(([tag, attributes, content]) => {
    const head = [tag, ...Object.entries(attributes).map(([name, value]) => `${name}="${escaped(value, /[&<"]/g)}"`)].join(" ");
    if (content === undefined) return `<${head}/>\n`;
    return Array.isArray(content) ? `<${head}>\n${markup(content)}</${tag}>\n` : `<${head}>${escaped(content, /[&<>]/g)}</${tag}>\n`;
  }).join("");
}
