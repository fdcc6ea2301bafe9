"""The style sheet of the page: light and dark, from a phone to a desktop."""

STYLE = """
:root { color-scheme: light dark;
  --paper: #f7f6f3; --card: #ffffff; --ink: #1c1f26; --soft: #646a75;
  --line: #e2e0da; --blue: #2563c9; --orange: #d1622b; --note: #fdf1d8; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #14161b; --card: #1d2027; --ink: #e9eaee; --soft: #9aa1ae;
  --line: #31353f; --blue: #74a8ff; --orange: #ff9b66; --note: #3a311c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, "Noto Sans CJK SC", "PingFang SC", sans-serif; }
main { max-width: 1060px; margin: 0 auto; padding: 2.2rem 1.1rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.35rem; margin: 0; }
h3 { font-size: 1rem; margin: 1.8rem 0 .6rem; }
p { margin: .35rem 0; } a { color: var(--blue); }
.soft { color: var(--soft); } .small { font-size: .84rem; }
.note { background: var(--note); border-radius: 10px; padding: .7rem 1rem;
  margin: 1rem 0; }
.cards { display: grid; gap: .8rem; margin: 1.5rem 0 2.2rem;
  grid-template-columns: repeat(auto-fill, minmax(205px, 1fr)); }
.card, section { background: var(--card); border: 1px solid var(--line);
  border-radius: 14px; }
.card { padding: .9rem 1rem; color: inherit; text-decoration: none; }
.card:hover { border-color: var(--blue); }
.number { font-size: 1.9rem; font-weight: 650; line-height: 1.25;
  font-variant-numeric: tabular-nums; }
section { padding: 1.4rem 1.5rem 1.6rem; margin: 0 0 1.3rem; }
.facts { display: grid; gap: .45rem 1.4rem; margin: 1rem 0 0;
  grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); }
.facts dt { color: var(--soft); font-size: .8rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.bar { display: grid; gap: .1rem .8rem; align-items: center; font-size: .9rem;
  grid-template: "name track value" / 11rem 1fr 3.2rem; margin: .3rem 0; }
.bar .name { grid-area: name; overflow-wrap: anywhere; }
.track { grid-area: track; background: var(--line); border-radius: 5px;
  height: 12px; }
.track i { display: block; height: 100%; border-radius: 5px;
  background: var(--soft); opacity: .6; }
.track i.ours { background: var(--blue); opacity: 1; }
.value { grid-area: value; text-align: right;
  font-variant-numeric: tabular-nums; }
.figures { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 270px), 1fr)); }
figure { margin: 0; min-width: 0; } figure.wide { grid-column: 1 / -1; }
figcaption { font-size: .86rem; margin-bottom: .25rem; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 11px; }
svg text.x { text-anchor: middle; } svg text.y { text-anchor: end; }
svg text.count { fill: var(--ink); }
svg text.strong { fill: var(--card); font-weight: 600; }
svg .grid { stroke: var(--line); } svg rect.empty { fill: var(--line);
  opacity: .45; }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
polyline.dev { stroke: var(--blue); } circle.dev { fill: var(--blue); }
polyline.train { stroke: var(--soft); stroke-dasharray: 5 4; }
circle.train { fill: var(--soft); }
rect.right { fill: var(--blue); } rect.wrong { fill: var(--orange); }
.legend { color: var(--soft); margin-left: .9rem; white-space: nowrap; }
.key { display: inline-block; width: 11px; height: 11px; border-radius: 3px;
  margin-right: .35rem; }
.key.dev, .key.right { background: var(--blue); }
.key.train { background: var(--soft); }
.key.wrong { background: var(--orange); }
table { border-collapse: collapse; font-size: .9rem; width: 100%;
  font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .28rem .5rem;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 500; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
.example { border-top: 1px solid var(--line); padding: .75rem 0; }
.verdict { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem;
  font-size: .88rem; }
.verdict span { overflow-wrap: anywhere; min-width: 0; }
.verdict .answer { color: var(--orange); }
.verdict .label { color: var(--blue); }
.text { overflow-wrap: anywhere; white-space: pre-line; }
summary { cursor: pointer; overflow-wrap: anywhere; }
@media (max-width: 560px) {
  body { font-size: 15.5px; } main { padding: 1.3rem .7rem 3rem; }
  section { padding: 1.1rem .9rem 1.2rem; border-radius: 12px; }
  .cards { grid-template-columns: 1fr 1fr; gap: .6rem; }
  .card { padding: .7rem .8rem; } .number { font-size: 1.55rem; }
  .facts { grid-template-columns: 1fr 1fr; }
  .bar { grid-template: "name value" "track track" / 1fr 3.2rem; }
  svg.broad text { font-size: 21px; } svg.matrix text { font-size: 13px; } }
@media print { section { break-inside: avoid; } }
"""
