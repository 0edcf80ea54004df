// What GitHub's runner reads, by its own rules; @actions/core writes for it and has no reader.

/** The pairs of a command file. */
export function pairs(text) {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  const last = lines.pop();
  if (last !== "") throw new Error("the last line is open");
  const found = {};
  while (lines.length > 0) {
    const line = lines.shift();
    if (line === "") continue;
    const [equals, heredoc] = [line.indexOf("="), line.indexOf("<<")];
    if (heredoc >= 0 && (equals < 0 || heredoc < equals)) {
      const [name, delimiter] = [line.slice(0, heredoc), line.slice(heredoc + 2)];
      const end = lines.indexOf(delimiter);
      if (name === "" || delimiter === "" || end < 0) throw new Error("a block has no end");
      found[name] = lines.splice(0, end + 1).slice(0, -1).join("\n");
    } else if (equals >= 0) {
      found[line.slice(0, equals)] = line.slice(equals + 1);
    } else {
      throw new Error("a line is no pair");
    }
  }
  return found;
}

/** The commands in a stream; a bare carriage return ends a line, too. */
export function commands(text) {
  return text.split(/\r\n|\r|\n/).flatMap((line) => {
    const parts = /^\s*::([a-z-]+)(?: (.*?))?::(.*)$/i.exec(line);
    if (parts === null) return [];
    const [, name, list = "", data] = parts;
    const properties = list.split(",").filter((pair) => pair.includes("="));
    return [{
      line,
      name: name.toLowerCase(),
      properties: Object.fromEntries(properties.map((pair) => {
        const at = pair.indexOf("=");
        return [pair.slice(0, at).trim(), decode(pair.slice(at + 1).replaceAll("%3A", ":").replaceAll("%2C", ","))];
      })),
      data: decode(data),
    }];
  });
}

function decode(text) {
  return text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}
