// Cells as spreadsheets put them on the clipboard: tabs between, line breaks at the end of a row,
// and quotes round a cell that holds one of these (a quote in it is doubled).
window.agentedTsv = (() => {
  "use strict";

  /** The end of a quoted cell that begins at `start`, behind its last quote; -1 when it is none. */
  const endOfQuoted = (text, start) => {
    let at = text.indexOf('"', start + 1);
    while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
    if (at === -1) return -1;
    return at + 1 === text.length || "\t\r\n".includes(text[at + 1]) ? at + 1 : -1;
  };

  const endOfPlain = (text, start) => {
    let at = start;
    while (at < text.length && !"\t\r\n".includes(text[at])) at += 1;
    return at;
  };

  /** Rows of cells. A quote that closes nowhere is a quote like any other. */
  const parse = (text) => {
    const rows = [[]];
    let at = 0;
    let unclosed = false;
    while (at <= text.length) {
      let end = -1;
      if (text[at] === '"' && !unclosed) {
        end = endOfQuoted(text, at);
        // No quote closes up to the end of the text: look for none again.
        unclosed = end === -1 && text.indexOf('"', at + 1) === -1;
      }
      const quoted = end !== -1;
      if (!quoted) end = endOfPlain(text, at);
      const cell = quoted ? text.slice(at + 1, end - 1).replaceAll('""', '"') : text.slice(at, end);
      rows.at(-1).push(cell.replaceAll(/\r\n?/g, "\n"));
      if (end >= text.length) break;
      if (text[end] === "\t") {
        at = end + 1;
        continue;
      }
      at = end + (text.startsWith("\r\n", end) ? 2 : 1);
      // The line break behind the last row begins no further one.
      if (at >= text.length) break;
      rows.push([]);
    }
    return rows;
  };

  const cellText = (cell) => (/[\t\r\n"]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

  const format = (rows) => rows.map((cells) => cells.map(cellText).join("\t")).join("\n");

  return Object.freeze({ parse, format });
})();
