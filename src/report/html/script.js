"use strict";
// Shows what the page holds as data. Nothing from the corpus is ever read as markup: text is set as text, and characters
// that would hide something or turn it around are shown by their numbers.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const KINDS = ["exact", "near", "contained"];
  const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

  const number = (value) => value.toLocaleString("en");
  const percent = (share) => share > 0 && share < 0.001 ? "< 0.1 %" : share < 1 && share > 0.999 ? "> 99.9 %" : (100 * share).toFixed(1).replace(/\.0$/, "") + " %";
  // As the terminal rounds, but nothing that is less than all shows as all.
  const score = (value) => value < 1 && value >= 0.9995 ? "> 0.999" : value.toFixed(3);
  const size = (bytes) => {
    const units = ["B", "kB", "MB", "GB", "TB"];
    let unit = 0;
    while (bytes >= 1000 && unit < units.length - 1) { bytes /= 1000; unit += 1; }
    return (unit ? bytes.toFixed(1) : bytes) + " " + units[unit];
  };
  const plural = (count, one, many) => number(count) + " " + (count === 1 ? one : many);

  // A text with nothing hidden in it.
  const visible = (text) => {
    const whole = document.createDocumentFragment();
    let done = 0;
    for (const match of text.matchAll(hidden)) {
      whole.append(text.slice(done, match.index));
      const sign = document.createElement("span");
      sign.className = "control";
      sign.textContent = "\\u{" + match[0].codePointAt(0).toString(16) + "}";
      whole.append(sign);
      done = match.index + match[0].length;
    }
    whole.append(text.slice(done));
    return whole;
  };
  const element = (name, className, ...content) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    for (const part of content) made.append(typeof part === "string" ? visible(part) : part);
    return made;
  };
  const rect = (className, share) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const bar = document.createElementNS(space, "rect");
    bar.setAttribute("class", className);
    bar.setAttribute("width", (100 * share).toFixed(2) + "%");
    bar.setAttribute("height", "100%");
    svg.setAttribute("aria-hidden", "true");
    svg.append(bar);
    return svg;
  };

  // A list of which so many are shown, and more on demand.
  const list = (name, step, make, counted) => {
    const place = at(name + "-list");
    const more = at(name + "-more");
    const count = at(name + "-count");
    let rows = [];
    let shown = 0;
    let into = place;
    const grow = () => {
      for (const row of rows.slice(shown, shown + step)) into.append(make(row));
      shown = Math.min(rows.length, shown + step);
      more.hidden = shown >= rows.length;
      more.textContent = "Show more (" + number(rows.length - shown) + ")";
    };
    if (more) more.addEventListener("click", grow);
    return (found, container) => {
      rows = found;
      shown = 0;
      place.replaceChildren();
      into = place;
      if (container) { into = container(); place.append(into.closest("table") || into); }
      if (count) count.textContent = counted(found.length);
      grow();
    };
  };
  const words = (id) => at(id).value.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = (row, wanted) => wanted.every((word) => row.text.includes(word));

  // Clusters.
  const LONG = 700;
  const passage = (pieces, tag) => {
    const whole = element("div", "passage");
    whole.dir = "auto";
    for (const [text, alone] of pieces) whole.append(alone ? element(tag, "", text) : visible(text));
    return whole;
  };
  // A passage that the other text has nothing of; a long one shows its beginning.
  const alone = (text, tag) => {
    const cut = text.length > LONG ? text.indexOf(" ", LONG / 2) : -1;
    if (cut < 0) return passage([[text, 1]], tag);
    const head = passage([[text.slice(0, cut), 1]], tag);
    const rest = element("details", "rest", element("summary", "", number(text.length - cut) + " more characters only here"));
    rest.append(passage([[text.slice(cut + 1), 1]], tag));
    head.append(rest);
    return head;
  };
  const side = (pieces, tag, name) => {
    const cell = !pieces.length ? element("div", "empty")
      : pieces.length === 1 && pieces[0][1] ? alone(pieces[0][0], tag) : passage(pieces, tag);
    if (pieces.length === 1 && pieces[0][1]) cell.classList.add("alone");
    cell.dataset.side = name;
    return cell;
  };
  const block = (part) => {
    if (part.more) return element("p", "where", "… and " + plural(part.more, "stretch", "stretches") + " more: tamis explain shows all");
    if (part.a) return element("div", "row", side(part.a, "del", "removed"), side(part.b, "ins", "survivor"));
    const fold = element("details", "fold", element("summary", "", plural(part.n, "paragraph", "paragraphs") + " in both"));
    const text = element("div", "passage", part.head);
    text.dir = "auto";
    if (part.left) text.append(element("span", "quiet", " … " + number(part.left) + " characters … "), visible(part.tail));
    fold.append(text);
    return fold;
  };
  const difference = (member, isOpen) => {
    const whole = element("details", "diff", element("summary", "", "What differs"));
    const draw = () => {
      if (whole.childElementCount > 1) return;
      whole.append(element("div", "heads", element("span", "", "removed"), element("span", "", "survivor, as it stands in the output")));
      member.diff.forEach((part) => whole.append(block(part)));
      if (!member.diff.some((part) => part.a)) whole.append(element("p", "where none", "Nothing: the texts are equal."));
      if (member.cut) whole.append(element("p", "where none", "Of these long texts only the first 32 kB are compared here."));
    };
    whole.addEventListener("toggle", draw);
    if (isOpen) { draw(); whole.open = true; }
    return whole;
  };
  const scores = (member) => {
    const told = (value, name) => element("span", "", element("b", "", value), " " + name);
    return element("p", "scores",
      told(score(member.jaccard), "Jaccard"),
      told(percent(member.inside), "of it inside its survivor"),
      told(percent(member.around), "of its survivor inside it"),
      told(member.shared + " of " + member.paragraphs, "paragraphs shared"));
  };
  const member = (row, isOpen) => {
    const whole = element("div", "member",
      element("p", "", element("span", "id", row.id), " ", element("span", "quiet", row.kind)),
      element("p", "where", row.at), scores(row));
    if (row.diff) whole.append(difference(row, isOpen));
    return whole;
  };
  const cluster = ({ row }) => {
    const kinds = KINDS.flatMap((kind, index) => row.kinds[index] ? [number(row.kinds[index]) + " " + kind] : []);
    const least = element("span", "least", score(row.least));
    least.title = "the least score that a removal in it rests on: Jaccard, or how much of a contained one lies in its survivor";
    const whole = element("details", "cluster", element("summary", "",
      element("span", "id", row.id), element("span", "kinds", kinds.join(", ")),
      element("span", "count", plural(row.size, "document", "documents")), least));
    whole.dataset.testid = "cluster";
    whole.addEventListener("toggle", () => {
      if (whole.childElementCount > 1) return;
      const inner = element("div", "inner", element("p", "where", "kept: " + row.at));
      if (row.ref) inner.append(element("p", "where", "The survivor is of the reference set, whose texts the report does not hold."));
      else if (!row.members.some((one) => one.diff)) inner.append(element("p", "where", "Its texts are not in this page: tamis explain shows them."));
      const first = row.members.findIndex((one) => one.diff);
      row.members.forEach((one, index) => inner.append(member(one, index === first)));
      const rest = row.size - 1 - row.members.length;
      if (rest > 0) inner.append(element("p", "note", "And " + number(rest) + " more, in duplicates.jsonl."));
      whole.append(inner);
    });
    return whole;
  };
  const saidOf = (row) => [row.id, row.at, ...row.members.flatMap((one) => [one.id, one.at, one.kind, ...(one.diff || []).flatMap((part) =>
    part.a ? [...part.a, ...part.b].map((piece) => piece[0]) : part.head ? [part.head, part.tail] : [])])].join("\n").toLowerCase();
  const clusters = data.clusters.map((row) => ({ row, get text() { return this.said ??= saidOf(row); } }));
  const orders = {
    least: (a, b) => a.row.least - b.row.least,
    size: (a, b) => b.row.size - a.row.size,
    random: (a, b) => b.row.why.includes("random") - a.row.why.includes("random"),
  };
  const showClusters = list("cluster", 25, cluster, (count) => plural(count, "cluster", "clusters"));
  const findClusters = () => {
    const wanted = words("cluster-search");
    const kind = at("cluster-kind").value;
    const found = clusters.filter((one) => (!kind || one.row.kinds[kind]) && (!wanted.length || holds(one, wanted)));
    showClusters(found.sort(orders[at("cluster-order").value]));
  };

  // Lines.
  const line = ({ row }) => {
    const where = [plural(row.documents, "document", "documents")];
    if (row.sites) where.push(plural(row.sites, "site", "sites"));
    where.push(row.rule, size(row.bytes), "for instance " + row.examples.join(", "));
    if (row.learned) where.push("learned from " + plural(row.learned[1], "context", "contexts"));
    const text = element("p", "text", row.text);
    text.dir = "auto";
    const whole = element("div", "line", element("span", "count", number(row.removals) + "×"), element("div", "", text, element("p", "where", where.join(" · "))));
    whole.dataset.testid = "line";
    return whole;
  };
  const lines = data.lines.map((row) => ({ row, text: [row.text, row.rule, ...row.examples].join("\n").toLowerCase() }));
  const showLines = list("line", 20, line, (count) => plural(count, "line", "lines"));
  const findLines = () => {
    const wanted = words("line-search");
    const category = at("line-category").value;
    showLines(lines.filter((one) => (!category || one.row.category === category) && holds(one, wanted)));
  };
  for (const category of [...new Set(data.lines.map((row) => row.category))].sort()) {
    const option = element("option", "", category.replaceAll("_", " "));
    option.value = category;
    at("line-category").append(option);
  }

  // Sources.
  const removed = (row) => row.exact + row.near + row.contained;
  const rate = (row) => row.documents ? removed(row) / row.documents : 0;
  const gone = (row) => row.text_bytes_in > row.text_bytes_out ? (row.text_bytes_in - row.text_bytes_out) / row.text_bytes_in : 0;
  const stripped = (row) => row.text_bytes_in ? row.stripped_bytes / row.text_bytes_in : 0;
  const cell = (label, ...content) => {
    const made = element("td", "n", ...content);
    made.dataset.label = label;
    return made;
  };
  const source = ({ row }) => {
    const name = element("th", "", element("bdi", "name", row.kind === "others" ? "all other sites" : row.source));
    name.scope = "row";
    if (row.alarm) name.append(" ", element("span", "mark", "alarm"));
    const share = element("span", "rate", rect("gone", rate(row)), percent(rate(row)));
    const whole = element("tr", row.alarm ? "alarmed" : "", name, cell("Documents", number(row.documents)), cell("Removed", number(removed(row))),
      cell("Rate", share), cell("Trimmed", number(row.trimmed)), cell("Stripped", percent(stripped(row))), cell("Text gone", percent(gone(row))));
    whole.dataset.testid = "source";
    return whole;
  };
  const sourceTable = () => {
    const table = element("table", "sources");
    const row = table.createTHead().insertRow();
    for (const name of ["Source", "Documents", "Removed", "Rate", "Trimmed", "Stripped", "Text gone"]) {
      const head = element("th", name === "Source" ? "" : "n", name);
      head.scope = "col";
      row.append(head);
    }
    return table.createTBody();
  };
  const sources = data.sources.map((row) => ({ row, text: row.source.toLowerCase() }));
  const sourceOrders = {
    alarm: (a, b) => b.row.alarm - a.row.alarm || b.row.documents - a.row.documents,
    documents: (a, b) => b.row.documents - a.row.documents,
    rate: (a, b) => rate(b.row) - rate(a.row) || b.row.documents - a.row.documents,
    stripped: (a, b) => stripped(b.row) - stripped(a.row) || b.row.documents - a.row.documents,
  };
  const showSources = list("source", 20, source, (count) => plural(count, "source", "sources"));
  const findSources = () => {
    const wanted = words("source-search");
    showSources(sources.filter((one) => holds(one, wanted)).sort(sourceOrders[at("source-order").value]), sourceTable);
  };

  // Problems.
  const problem = (row) => {
    const whole = element("div", "line", element("span", "quiet", row.kind.replaceAll("_", " ")), element("div", "",
      element("p", "name", row.reason), element("p", "where", row.at), ...(row.excerpt ? [element("p", "where id", row.excerpt)] : [])));
    whole.dataset.testid = "problem";
    return whole;
  };

  for (const tools of document.querySelectorAll(".tools")) tools.hidden = false;
  for (const [ids, find] of [
    [["cluster-search", "cluster-kind", "cluster-order"], findClusters],
    [["line-search", "line-category"], findLines],
    [["source-search", "source-order"], findSources],
  ]) {
    for (const id of ids) at(id).addEventListener("input", find);
    find();
  }
  if (at("problem-list")) list("problem", 20, problem)(data.problems);
  const note = at("cluster-note");
  if (data.clusters.length < Number(note.dataset.total)) {
    note.prepend(number(data.clusters.length) + " are here: the least alike of each kind, the largest, and some drawn at random. ");
  }
  document.body.dataset.ready = "1";
})();
